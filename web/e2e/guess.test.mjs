// Guesses about where weights begin: repeating layers are found, with names that grow; nothing is guessed from noise.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { build } from "esbuild";
import { web } from "./support.mjs";

const { outputFiles } = await build({ entryPoints: [join(web, "src", "worker", "guess.ts")], bundle: true, format: "esm", write: false });
const { guess } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);

const layer = [2_359_000, 2_359_000, 2_360_100, 2_359_050, 9_437_000, 9_440_000];
const begins = (count, longer = 0) => {
  const all = [1000, 94_000_000];
  for (let i = 0; i < count; ++i) all.push(all.at(-1) + layer[i % 6] + longer * Math.floor(i / 6));
  return all;
};

test("layers repeat", () => {
  const known = begins(12);
  const truth = begins(72);
  const ranges = guess(known, 2e9);
  assert.equal(ranges.length, 8 * known.length);
  truth.slice(known.length).forEach((at, i) => assert.ok(ranges[i].start <= at && at + 200 < ranges[i].end, `${i}`));
});

test("names that grow are allowed for", () => {
  const truth = begins(24, 2);
  guess(begins(12, 2), 2e9).slice(0, 6).forEach(({ start, end }, i) => assert.ok(start <= truth[14 + i] && truth[14 + i] + 200 < end, `${i}`));
});

test("nothing is guessed without a repetition, nor behind the end", () => {
  assert.deepEqual(guess([0, 100_000, 350_000, 900_000, 5_000_000], 1e9), []);
  assert.deepEqual(guess([0], 1e9), []);
  assert.deepEqual(guess([0, 9_000_000, 11_000_000, 13_000_000, 15_000_000], 1e9), []);
  assert.ok(guess(begins(12), begins(13).at(-1) + 20_000).length <= 1);
});
