#!/usr/bin/env python3
"""Writes core/check/ops/op_table.inc: every operator that onnx and ONNX Runtime know, as compact rows.

    python3 toolchains/generate_op_table.py > core/check/ops/op_table.inc

Needs the Python packages onnx and onnxruntime; their versions are written into the table. One row per operator and
version: who knows it, how many inputs and outputs, their types, its attributes. Lists that are equal are stored once.
"""
import sys

import onnx
import onnx.defs
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_state

# Internal to ONNX Runtime: never in files.
INTERNAL = ("com.ms.internal.nhwc", "com.microsoft.nchwc")
ONNX, ORT = 2, 1
ANY_OTHER = 1 << 31
ELEMENTS = {
    "float": 1, "uint8": 2, "int8": 3, "uint16": 4, "int16": 5, "int32": 6, "int64": 7, "string": 8, "bool": 9,
    "float16": 10, "double": 11, "uint32": 12, "uint64": 13, "complex64": 14, "complex128": 15, "bfloat16": 16,
    "float8e4m3fn": 17, "float8e4m3fnuz": 18, "float8e5m2": 19, "float8e5m2fnuz": 20, "uint4": 21, "int4": 22,
    "float4e2m1": 23, "float8e8m0": 24, "uint2": 25, "int2": 26, "float6e2m3": 27, "float6e3m2": 28,
}


def number(value):
    """Of an enum of either binding."""
    return int(getattr(value, "value", value))


def mask(types):
    bits = 0
    for text in types:
        inner = text[7:-1] if text.startswith("tensor(") else None
        bits |= 1 << ELEMENTS[inner] if inner in ELEMENTS else ANY_OTHER
    return bits


def parameters(schema, items):
    rows = []
    variables = [getattr(c, "type_param_str", None) or getattr(c, "typeParamStr", "") for c in schema.type_constraints]
    for item in items:
        text = getattr(item, "type_str", None) or getattr(item, "typeStr", "")
        homogeneous = getattr(item, "is_homogeneous", None)
        if homogeneous is None:
            homogeneous = item.isHomogeneous
        types = mask(item.types) if item.types else (mask([text]) if text.startswith("tensor(") else ANY_OTHER)
        variable = variables.index(text) if text in variables else 255
        rows.append((types, variable, number(item.option), int(bool(homogeneous))))
    return tuple(rows)


def attributes(schema):
    return tuple(sorted((a.name, number(a.type), int(bool(a.required))) for a in schema.attributes.values()))


class Pool:
    """Runs of rows in one array, equal runs once."""

    def __init__(self):
        self.rows, self.starts = [], {}

    def place(self, run):
        if run and run not in self.starts:
            self.starts[run] = len(self.rows)
            self.rows.extend(run)
        return self.starts.get(run, 0), len(run)


def collect():
    found = {}
    for reader, schemas in ((ONNX, onnx.defs.get_all_schemas_with_history()), (ORT, ort_state.get_all_operator_schema())):
        for schema in schemas:
            if schema.domain in INTERNAL:
                continue
            key = (schema.domain, schema.name, schema.since_version)
            if key in found:
                found[key][0] |= reader
            else:
                found[key] = [reader, schema]
    return found


def arity(count):
    return min(int(count), 65535)


def main():
    found = collect()
    params, attrs = Pool(), Pool()
    names = sorted({key[1] for key in found} | {a[0] for _, s in found.values() for a in attributes(s)})
    index = {name: i for i, name in enumerate(names)}
    domains = sorted({key[0] for key in found})
    ops = []
    for (domain, name, since), (readers, schema) in sorted(found.items()):
        inputs = params.place(parameters(schema, schema.inputs))
        outputs = params.place(parameters(schema, schema.outputs))
        attributes_at = attrs.place(tuple((index[n], t, r) for n, t, r in attributes(schema)))
        ops.append((domains.index(domain), index[name], since, readers, int(bool(schema.deprecated)),
                    arity(schema.min_input), arity(schema.max_input), arity(schema.min_output),
                    arity(schema.max_output), *inputs, *outputs, *attributes_at))
    out = sys.stdout.write
    out("// Written by toolchains/generate_op_table.py; do not edit.\n")
    short = lambda version: ".".join(version.split(".")[:2])
    out(f'constexpr std::string_view kOnnxVersion = "{short(onnx.__version__)}";\n')
    out(f'constexpr std::string_view kOrtVersion = "{short(onnxruntime.__version__)}";\n')
    out("constexpr std::string_view kDomains[] = {" + ", ".join(f'"{d}"' for d in domains) + "};\n")
    for title, kind, rows in (("kNames", "std::string_view", [f'"{n}"' for n in names]),
                              ("kParams", "ParamRow", ["{%s}" % ",".join(map(str, r)) for r in
                                                       [(f"{t}u", v, o, h) for t, v, o, h in params.rows]]),
                              ("kAttributes", "AttributeRow", ["{%d,%d,%d}" % r for r in attrs.rows]),
                              ("kOps", "OpRow", ["{%s}" % ",".join(map(str, r)) for r in ops])):
        out(f"constexpr {kind} {title}[] = {{\n")
        line = ""
        for row in rows:
            if len(line) + len(row) > 116:
                out(line + "\n")
                line = ""
            line += row + ","
        out(line + "\n};\n")


main()
