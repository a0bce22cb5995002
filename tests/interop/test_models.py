"""The tiny models: exported with their directory as source, then judged by onnx, ONNX Runtime and Optimum."""
import json
import os

import numpy as np
import onnx
import pytest
import torch

import support

pytestmark = [pytest.mark.parametrize("form", support.FORMATS), pytest.mark.parametrize("name", support.NAMES)]

OPTIMUM = {"BertModel": "ORTModelForFeatureExtraction", "GPT2LMHeadModel": "ORTModelForCausalLM",
           "ForSequenceClassification": "ORTModelForSequenceClassification",
           "ForTokenClassification": "ORTModelForTokenClassification",
           "ForQuestionAnswering": "ORTModelForQuestionAnswering",
           "ForImageClassification": "ORTModelForImageClassification"}
TASKS = {"BertModel": "feature-extraction", "GPT2LMHeadModel": "text-generation",
         "ForSequenceClassification": "text-classification", "ForTokenClassification": "token-classification",
         "ForQuestionAnswering": "question-answering", "ForImageClassification": "image-classification"}
TEXT_AXES = {"batch_size", "sequence_length"}


def by_class(table, class_name):
    return next(v for k, v in table.items() if class_name.endswith(k))


def test_runs_like_pytorch_at_all_reference_shapes(shelf, name, form):
    export = shelf.get(name, form)
    onnx.checker.check_model(str(export.path), full_check=True)
    names = [o.name for o in export.session.get_outputs()]
    assert names == export.model.facts["outputs"]
    assert [i.name for i in export.session.get_inputs()] == export.model.facts["inputs"]
    for inputs, outputs in export.model.cases():
        got = dict(zip(names, export.session.run(None, inputs)))
        for key, want in outputs.items():
            assert got[key].dtype == want.dtype
            assert support.relative_error(got[key], want) <= 1e-4, key


def test_optimum_opens_the_directory_alone(shelf, name, form):
    import optimum.onnxruntime
    export = shelf.get(name, form)
    class_name = by_class(OPTIMUM, export.model.facts["class"])
    more = {"use_cache": False} if class_name == "ORTModelForCausalLM" else {}
    model = getattr(optimum.onnxruntime, class_name).from_pretrained(export.directory, **more)
    for inputs, outputs in export.model.cases():
        got = model(**{k: torch.from_numpy(v) for k, v in inputs.items()})
        compared = [k for k in outputs if k in got]
        assert compared
        for key in compared:
            assert support.relative_error(got[key].detach().numpy(), outputs[key]) <= 1e-4, key


def test_preprocessing_is_the_sources(shelf, name, form):
    import transformers
    export = shelf.get(name, form)
    if export.model.facts["inputs"] == ["pixel_values"]:
        picture = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
        a, b = (transformers.AutoImageProcessor.from_pretrained(d)(picture, return_tensors="np")["pixel_values"]
                for d in (export.directory, export.model.directory))
        assert np.array_equal(a, b)
    else:
        a, b = (transformers.AutoTokenizer.from_pretrained(d) for d in (export.directory, export.model.directory))
        text = ["hello world, the model has a good day!", "bad"]
        assert a(text)["input_ids"] == b(text)["input_ids"] and type(a) is type(b)


def components(model) -> set:
    return {p.name for p in model.directory.iterdir()} - {"model.pt", "zoo.json", "modules.json", "reference.npz"}


def test_components_are_copied_byte_for_byte(shelf, name, form):
    export = shelf.get(name, form)
    wanted = components(export.model)
    for file in wanted:
        assert (export.directory / file).read_bytes() == (export.model.directory / file).read_bytes(), file
    assert {p.name for p in export.directory.iterdir()} - {"modelexport.json"} == wanted | {"model.onnx"}


def test_every_parameter_is_used_under_its_owners_tag(shelf, name, form):
    export = shelf.get(name, form)
    tags, owners = support.expected_tags(export.model.modules), support.parameter_owners(export.model.modules)
    tied = {path: group for group in export.model.facts["tied"] for path in group}
    initializers, wrong, seen = {i.name for i in export.onnx.graph.initializer}, [], set()
    for node in export.onnx.graph.node:
        tag = support.properties(node).get("hierarchy_tag")
        for value in set(node.input) & initializers:
            parameter = value[:-2] if value.endswith("_t") else value
            if parameter in owners:
                group = tied.get(parameter, [parameter])
                seen.update(group)
                if tag not in {tags[owners[p]] for p in group}:
                    wrong.append(f"{node.name} with {value}: {tag}, owner is {tags[owners[parameter]]}")
    assert not wrong
    called = {m["path"] for m in export.model.modules if m["calls"]}
    unused = {p for p, owner in owners.items() if owner in called} - seen
    assert not unused, "parameters of called modules that no node consumes"


def test_all_nodes_are_placed(shelf, name, form):
    export = shelf.get(name, form)
    paths, tags = {m["path"] for m in export.model.modules}, set(support.expected_tags(export.model.modules).values())
    for node in export.onnx.graph.node:
        facts = support.properties(node)
        assert facts["hierarchy_tag"] in tags, node.name
        assert facts["hierarchy_scope"].split("@")[0] in paths, node.name
        assert facts["namespace"], node.name
    counts = export.summary["hierarchy"]
    assert counts["fallback"] == 0
    assert counts["nodes_tagged"] == export.summary["nodes"] == len(export.onnx.graph.node)
    assert counts["direct"] + counts["parent"] + counts["root_own"] == counts["nodes_tagged"]


def test_the_module_tree_is_complete(shelf, name, form):
    export = shelf.get(name, form)
    tree = json.loads(support.properties(export.onnx.graph)["hierarchy_modules"])
    assert [m["path"] for m in tree] == [m["path"] for m in export.model.modules]
    for got, want in zip(tree, export.model.modules):
        if form == "pt2" and got["class"] is None and not got["calls"]:
            continue  # a .pt2 names only modules that ran an operator: nothing is known of an Identity
        assert got["class"] in (want["class"], None) and got["calls"] == want["calls"], got["path"]
    if form == "pt":
        assert all(m["class"] for m in tree)


def test_the_graph_is_clean(shelf, name, form):
    graph = shelf.get(name, form).onnx.graph
    operators = {n.op_type for n in graph.node}
    assert not operators & {"Identity", "Constant", "Dropout"}
    assert all(n.domain in ("", "ai.onnx") for n in graph.node)
    used = {i for n in graph.node for i in n.input} | {o.name for o in graph.output}
    assert not [n.name for n in graph.node if not set(n.output) & used], "dead nodes"
    assert not [i.name for i in graph.initializer if i.name not in used], "unused initializers"
    assert len({n.name for n in graph.node}) == len(graph.node)


def test_initializers_hold_the_state_dict(shelf, name, form):
    export = shelf.get(name, form)
    state, found = export.model.state(), 0
    for initializer in export.onnx.graph.initializer:
        value = onnx.numpy_helper.to_array(initializer)
        if initializer.name in state:
            assert np.array_equal(value, state[initializer.name]), initializer.name
            found += 1
        elif initializer.name.endswith("_t") and initializer.name[:-2] in state:
            assert np.array_equal(value, state[initializer.name[:-2]].T), initializer.name
            found += 1
    assert found >= len([m for m in export.model.modules if m["own"] and m["calls"]])
    assert export.summary["parameters"] <= export.model.facts["parameters"]


def test_axes_carry_optimums_names(shelf, name, form):
    for value in shelf.get(name, form).onnx.graph.input:
        axes = [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        if value.name == "pixel_values":
            assert axes == ["batch_size", 3, 32, 32]
        else:
            assert axes == ["batch_size", "sequence_length"]
    for value in shelf.get(name, form).onnx.graph.output:
        axes = [d.dim_param for d in value.type.tensor_type.shape.dim]
        assert axes[0] == "batch_size", f"{value.name}: {axes}"


def test_the_stamp(shelf, name, form):
    export = shelf.get(name, form)
    model, metadata = export.onnx, export.metadata()
    assert (model.producer_name, model.domain) == ("ModelExport-HTP", "com.modelexport.htp")
    assert model.producer_version == metadata["modelexport.version"]
    assert model.ir_version == 8 and [(o.domain, o.version) for o in model.opset_import] == [("", 18)]
    assert metadata["hf_model_type"] == "local" and metadata["hf_original_path"] == name
    assert metadata["hf_task"] == by_class(TASKS, export.model.facts["class"])
    assert "hf_hub_id" not in metadata
    assert not [k for k, v in metadata.items() if str(support.ROOT) in v or os.path.expanduser("~") in v]
