// Which files of a repository make one model, by their names.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { web } from "./support.mjs";

const { outputFiles } = await build({ entryPoints: [join(web, "src", "worker", "set.ts")], bundle: true, format: "esm", write: false });
const { othersOf, isPart } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
const listed = (...paths) => paths.map((path, size) => ({ path, size }));
const names = (path, ...all) => othersOf(path, listed(...all)).map((f) => f.path);

test("an encoder with its decoders, of the same directory and variant", () => {
  const all = ["config.json", "onnx/encoder_model.onnx", "onnx/decoder_model.onnx", "onnx/decoder_with_past_model.onnx", "onnx/encoder_model_quantized.onnx", "onnx/decoder_model_quantized.onnx", "decoder_model.onnx", "onnx/model.onnx"];
  assert.deepEqual(names("onnx/encoder_model.onnx", ...all), ["onnx/decoder_model.onnx", "onnx/decoder_with_past_model.onnx"]);
  assert.deepEqual(names("onnx/encoder_model_quantized.onnx", ...all), ["onnx/decoder_model_quantized.onnx"]);
});

test("of decoders that do the same the merged one, unless another was opened", () => {
  const all = ["onnx/encoder_model.onnx", "onnx/decoder_model.onnx", "onnx/decoder_with_past_model.onnx", "onnx/decoder_model_merged.onnx"];
  assert.deepEqual(names("onnx/encoder_model.onnx", ...all), ["onnx/decoder_model_merged.onnx"]);
  assert.deepEqual(names("onnx/decoder_model_merged.onnx", ...all), ["onnx/encoder_model.onnx"]);
  assert.deepEqual(names("onnx/decoder_model.onnx", ...all), ["onnx/encoder_model.onnx", "onnx/decoder_with_past_model.onnx"]);
});

test("a model of one file has no others", () => {
  assert.deepEqual(names("onnx/model.onnx", "onnx/model.onnx", "onnx/model_fp16.onnx", "onnx/encoder_model.onnx"), []);
  assert.equal(isPart("onnx/model_q4.onnx"), false);
  assert.equal(isPart("onnx/vision_encoder_q4f16.onnx"), true);
  assert.equal(isPart("encoder_model.onnx_data"), false);
});
