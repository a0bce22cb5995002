// A protobuf writer of a few lines, to make ONNX files of any size for the tests of the module.

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

export function concat(parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const int = (field, value) => Uint8Array.from([...varint(field * 8), ...varint(value)]);
export const head = (field, size) => Uint8Array.from([...varint(field * 8 + 2), ...varint(size)]);
export const message = (field, ...parts) => {
  const body = concat(parts);
  return concat([head(field, body.length), body]);
};
export const string = (field, text) => message(field, new TextEncoder().encode(text));

function valueInfo(field, name) {
  const dimension = (part) => message(1, part);
  const shape = message(2, dimension(string(2, "batch_size")), dimension(int(1, 4)));
  return message(field, string(1, name), message(2, message(1, int(1, 1), shape)));
}

/** What is in front of and behind the bytes of one weight of `elements` float32 values. */
export function modelAround(elements) {
  const size = elements * 4;
  const tensorHead = concat([int(1, elements), int(2, 1), string(8, "layer.weight"), head(9, size)]);
  const tensor = concat([head(5, tensorHead.length + size), tensorHead]);
  const tag = message(9, string(1, "hierarchy_tag"), string(2, "/Net/Layer"));
  const node = message(1, string(1, "x"), string(1, "layer.weight"), string(2, "y"), string(3, "add"), string(4, "Add"), tag);
  const rest = concat([string(2, "net"), valueInfo(11, "x"), valueInfo(12, "y")]);
  const graphHead = concat([node, tensor]);
  const front = concat([
    int(1, 8), string(2, "test"), message(14, string(1, "hf_hub_id"), string(2, "org/net")), message(8, int(2, 18)),
    head(7, graphHead.length + size + rest.length), graphHead,
  ]);
  return { front, size, back: rest };
}

/** A classifier whose float32 weights lie in data files: uses are {location, offset, length}. */
export function externalModel(uses, metadata = {}) {
  const entry = (key, value) => message(13, string(1, key), string(2, value));
  const tensors = uses.map(({ location, offset, length }, i) => message(5, int(1, length / 4), int(2, 1), string(8, `w${i}`),
    entry("location", location), entry("offset", String(offset)), entry("length", String(length)), int(14, 1)));
  const values = [[11, "input_ids"], [11, "attention_mask"], [12, "logits"]].map(([field, name]) => message(field, string(1, name)));
  const props = Object.entries(metadata).map(([key, value]) => message(14, string(1, key), string(2, value)));
  return concat([int(1, 8), message(7, string(2, "tiny"), ...tensors, ...values), message(8, int(2, 18)), ...props]);
}
