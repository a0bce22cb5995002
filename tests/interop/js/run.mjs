// Runs packages through transformers.js in one Node process: node run.mjs JOBS.json > RESULTS.json
//
// A job is {module, …}: `module` is a file that holds pack's own JavaScript snippet and exports its `run`.
//   {texts}          tokenizer and model on each text: every output's data
//   {images}         processor and model on each {data, width, height}
//   {zeroshot}       the pipeline on {data, width, height} and labels: its answer
//   {call}           the pipeline itself on these arguments: its answer
//   {generate}       greedy token ids after a text
//   {messages}       the text of the chat template
import fs from "node:fs";
import { AutoTokenizer, RawImage, Tensor, env } from "@huggingface/transformers";

env.allowRemoteModels = false;

const plain = (value) => {
  if (value instanceof Tensor) return { dims: value.dims, data: Array.from(value.data, Number) };
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object" && value.constructor === Object) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return typeof value === "bigint" ? Number(value) : value;
};

const outputs = (result) =>
  Object.fromEntries(Object.entries(result).filter(([, item]) => item instanceof Tensor).map(([k, v]) => [k, plain(v)]));

async function answer(job) {
  if (job.messages) {
    const tokenizer = await AutoTokenizer.from_pretrained(job.directory);
    return tokenizer.apply_chat_template(job.messages, { tokenize: false, add_generation_prompt: true });
  }
  const { run } = await import(job.module);
  const result = {};
  if (job.texts) {
    result.texts = [];
    for (const text of job.texts) result.texts.push(outputs(await run.model(await run.tokenizer(text))));
  }
  if (job.images) {
    result.images = [];
    for (const { data, width, height } of job.images) {
      const image = new RawImage(Uint8ClampedArray.from(data), width, height, 3);
      const inputs = await run.processor(image);
      result.images.push({ pixel_values: plain(inputs.pixel_values), ...outputs(await run.model(inputs)) });
    }
  }
  if (job.zeroshot) {
    const { data, width, height, labels } = job.zeroshot;
    result.zeroshot = await run(new RawImage(Uint8ClampedArray.from(data), width, height, 3), labels);
  }
  if (job.call) result.call = plain(await run(...job.call));
  if (job.generate) {
    const { input_ids, attention_mask } = await run.tokenizer(job.generate.text);
    const ids = await run.model.generate({ input_ids, attention_mask, max_new_tokens: job.generate.tokens, do_sample: false });
    result.generate = plain(ids);
  }
  return result;
}

const results = [];
for (const job of JSON.parse(fs.readFileSync(process.argv[2], "utf8"))) {
  try {
    results.push({ name: job.name, ok: await answer(job) });
  } catch (error) {
    results.push({ name: job.name, error: String(error?.stack ?? error) });
  }
}
process.stdout.write(JSON.stringify(results));
