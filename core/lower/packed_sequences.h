// Packed sequences of recurrent layers as padded ones with lengths.
//
// Purpose   pack_padded_sequence -> LSTM, GRU or RNN -> pad_packed_sequence is how PyTorch runs sequences
//           of different lengths. ONNX's layers take the padded tensor and the lengths: here the packing
//           goes away, the layer reads the padded tensor (sequence first) and gets an argument "lengths",
//           and the result is cut to the longest sequence. Positions after a sequence's end are 0, as in
//           PyTorch.
// Leaves    What else computes on packed data than a recurrent layer, dropout, relu or tanh, and a padding
//           value other than 0: reported as unsupported.
#pragma once

#include "modelexport/aten.h"

namespace modelexport::lower {

void unpack_sequences(aten::Graph& graph);

}  // namespace modelexport::lower
