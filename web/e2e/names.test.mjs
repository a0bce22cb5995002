// What is taken for a Hub model, a link to one, or neither.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { build } from "esbuild";
import { web } from "./support.mjs";

const { outputFiles } = await build({ entryPoints: [join(web, "src", "io", "hub.ts")], bundle: true, format: "esm", write: false });
const { hubFile, fileUrl, modelUrl } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

test("names and links", () => {
  const cases = {
    "org/name": ["org/name", "", ""],
    "org/name@v1/onnx/model.onnx": ["org/name", "v1", "onnx/model.onnx"],
    "hf://org/name@refs/pr/1/model.onnx": ["org/name", "refs/pr/1", "model.onnx"],
    "https://huggingface.co/org/name": ["org/name", "", ""],
    "https://huggingface.co/org/name/tree/main": ["org/name", "main", ""],
    "https://huggingface.co/org/name/blob/main/onnx/model.onnx": ["org/name", "main", "onnx/model.onnx"],
    "https://huggingface.co/org/name/resolve/refs%2Fpr%2F1/a%20b.onnx?download=true": ["org/name", "refs/pr/1", "a b.onnx"],
    "https://hf.co/org/name/raw/main/model.onnx": ["org/name", "main", "model.onnx"],
  };
  for (const [text, [repo, revision, path]] of Object.entries(cases)) assert.deepEqual(hubFile(text), { repo, revision, path }, text);
  for (const text of ["name", "a/../b", "a--b/c", "org/name.git", "org/model.onnx", "../org/name", "/org/name", "org/name@v1/../x.onnx", "https://example.org/org/name", "-a/b", "a/b-", ""]) assert.equal(hubFile(text), null, text);
});

test("addresses are escaped as the Hub wants them", () => {
  assert.equal(fileUrl({ repo: "o/n", revision: "refs/pr/1", path: "a b/c#d.onnx" }), "https://huggingface.co/o/n/resolve/refs%2Fpr%2F1/a%20b/c%23d.onnx");
  assert.equal(modelUrl({ repo: "o/n", revision: "feature/x", path: "" }), "https://huggingface.co/api/models/o/n/revision/feature%2Fx");
  assert.equal(modelUrl({ repo: "o/n", revision: "", path: "" }), "https://huggingface.co/api/models/o/n");
});
