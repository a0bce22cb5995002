"""Archives of programs that PyTorch has decomposed into its core operators (ExportedProgram.run_decompositions)."""
import pytest

import architectures
import support


@pytest.mark.parametrize("name", ["electra", "qwen2", "bart", "beit", "swinv2", "efficientnet", "hubert"])
def test_decomposed_program(tmp_path, name):
    import torch
    model, cases, axes = architectures.make(name)
    shapes = {n: {a: torch.export.Dim.AUTO for a in moving} for n, moving in axes.items()}
    with torch.no_grad():
        program = torch.export.export(model, (), kwargs=cases[0], dynamic_shapes=shapes, strict=False).run_decompositions()
    torch.export.save(program, tmp_path / "m.pt2")
    support.modelexport("export", tmp_path / "m.pt2", "-o", tmp_path / "m.onnx", "--verify", "off")
    for case in cases:
        assert architectures.compare(tmp_path / "m.onnx", model, case) < 1e-4
