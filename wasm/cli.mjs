#!/usr/bin/env node
// `modelexport` for every system with Node: what the WebAssembly module can do, with the command line's words, options
// and exit codes. What needs a network, PyTorch or trees of files is the native program's.
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ModelExportError, open, pack, version } from "./modelexport.mjs";
import { exportArchive } from "./modelexport-export.mjs";

const text = { type: "string" };
const list = { type: "string", multiple: true };
const flag = { type: "boolean" };
const short = (option, letter) => ({ ...option, short: letter });
const GLOBAL = { json: flag, help: short(flag, "h"), quiet: short(flag, "q"), verbose: short(flag, "v") };
const OUTPUT = { output: short(text, "o"), force: short(flag, "f") };

class UsageError extends Error {
  constructor(message, hint) {
    super(message);
    Object.assign(this, { code: "ME-CLI-001", exitCode: 2, where: null, hint });
  }
}

const print = (words) => fs.writeSync(1, words.endsWith("\n") ? words : `${words}\n`);
const printJson = (document) => print(JSON.stringify(document, null, 2));

async function withSource(file, use) {
  const source = await open(file);
  try {
    return await use(source);
  } finally {
    source.close();
  }
}

/** Names and sizes of the files beside a model. */
function siblings(file) {
  const directory = path.dirname(file);
  return fs.readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, size: fs.statSync(path.join(directory, name)).size }));
}

async function inspect([file], { json, tree, depth, nodes }) {
  if (depth !== undefined && !/^\d+$/.test(depth)) throw new UsageError(`'${depth}' is no depth`, "--depth 2");
  const levels = depth === undefined ? {} : { depth: Number(depth) };
  await withSource(file, async (source) => (json ? printJson(await source.inspect({ nodes }))
    : print(await source.inspectText({ tree: tree || depth !== undefined, nodes, ...levels }))));
}

async function check(files, { json, verbose, fix, output, force }) {
  if (fix && (files.length !== 1 || output === undefined)) {
    throw new UsageError("where the repaired file goes is not said", "modelexport check OLD.onnx --fix -o NEW.onnx");
  }
  const documents = [];
  for (const file of files) {
    const target = fix ? output : file;
    if (fix) await withSource(file, (source) => source.write(output, { repair: true, files: siblings(file) }, { force }));
    await withSource(target, async (source) => {
      const around = siblings(target);
      documents.push(await source.ask({ ask: "check", files: around, whole: true }));
      if (!json) print(await source.checkText({ files: around, infos: verbose }));
    });
  }
  const [document] = documents;
  document.files = documents.flatMap((one) => one.files);
  for (const key of Object.keys(document.summary)) document.summary[key] = documents.reduce((sum, one) => sum + one.summary[key], 0);
  if (json) printJson(document);
  return document.summary.errors > 0 ? 1 : 0;
}

async function stamp([file], { set = [], remove = [], output, force, json }) {
  const edits = { remove, set: set.map((entry) => {
    const equals = entry.indexOf("=");
    if (equals < 1) throw new UsageError(`--set '${entry}' has no KEY=VALUE`, "--set hf_task=text-classification");
    return { key: entry.slice(0, equals), value: entry.slice(equals + 1) };
  }) };
  const changes = set.length + remove.length > 0;
  if (changes && output === undefined) throw new UsageError("where the changed file goes is not said", "add -o OUT.onnx");
  if (changes) await withSource(file, (source) => source.write(output, edits, { force }));
  await withSource(changes ? output : file, async (source) => {
    const { metadata = [] } = await source.inspect();
    if (json) printJson({ schema: "modelexport/stamp/1", metadata, in_place: false, bytes_written: changes ? source.size : 0, output: changes ? output : null });
    else if (changes) print(`wrote ${output}`);
    else print(metadata.map(({ key, value }) => `${key} = ${value}`).join("\n"));
  });
}

const LONGEST_TEXT = 64 * 1024 * 1024;
const textOf = (directory, { name, size }) => (/\.(json|md|txt)$/.test(name) && size <= LONGEST_TEXT ? { text: fs.readFileSync(path.join(directory, name), "utf8") } : {});

async function migrate([file], { output, source, "rename-inputs": renameInputs, dynamic, "dry-run": dryRun, json, quiet, force }) {
  if (output === undefined && !dryRun) throw new UsageError("where the migrated model goes is not said", "add -o NEW.onnx, or --dry-run to see the plan");
  if (source !== undefined && fs.existsSync(source)) {
    throw new UsageError("components are not brought along here", `modelexport migrate ${file} -o NEW.onnx, then modelexport pack NEW.onnx --source ${source} -o FILE.zip`);
  }
  const directory = path.dirname(file);
  const options = { files: siblings(file).map((beside) => ({ ...beside, ...textOf(directory, beside) })), source, renameInputs, dynamic };
  const { plan, ...document } = await withSource(file, async (opened) => (dryRun ? opened.migration(options) : opened.migrate(output, options, { force })));
  document.to = output === undefined ? null : { path: output };
  if (json) printJson({ schema: "modelexport/migrate/1", files: [document] });
  else if (!quiet) print(migrationText(document, dryRun ? null : output));
  return document.errors.left.length > 0 ? 1 : 0;
}

function migrationText({ path: name, from, steps, notes, unchanged }, output) {
  const forms = Object.entries(from.nodes).map(([form, count]) => `${form} (${count} ${count === 1 ? "node" : "nodes"})`).join(", ");
  const lines = [`${name}: ${forms}${from.class === null ? "" : `, ${from.class}`}`, ...steps.map(({ rule, action }) => `  ${rule}  ${action}`)];
  for (const { severity, rule, message, hint } of notes) lines.push(`  ${severity}[${rule}]: ${message}`, ...(hint === "" ? [] : [`    = hint: ${hint}`]));
  return [...lines, unchanged ? "  nothing to migrate" : output === null ? "  nothing is written (--dry-run)" : `  wrote ${output}`].join("\n");
}

const MOST_FILES = 100_000;

/** Files below a directory with '/' between parts; links only to what is inside. */
function filesBelow(directory) {
  const root = fs.realpathSync(directory);
  const found = {};
  let count = 0;
  const real = (relative) => {
    try {
      const place = fs.realpathSync(path.join(root, relative));
      return place.startsWith(root + path.sep) ? place : null;
    } catch {
      return null;  // a link that leads nowhere
    }
  };
  const walk = (below, depth) => {
    for (const { name } of fs.readdirSync(path.join(root, below), { withFileTypes: true })) {
      if (name === ".git") continue;
      const relative = below === "" ? name : `${below}/${name}`;
      const place = real(relative);
      if (place === null) {
        process.stderr.write(`note: ${relative} leads outside ${directory}; it is left out\n`);
        continue;
      }
      const status = fs.statSync(place);
      if (status.isDirectory() && depth < 32) walk(relative, depth + 1);
      if (status.isFile()) found[relative] = place;
      if (status.isFile() && (count += 1) > MOST_FILES) throw new UsageError(`${directory} has more than ${MOST_FILES} files`, "name the model's own directory");
    }
  };
  walk("", 0);
  return found;
}

/** The directory of the components: --source, the model's own, or the one above onnx/. */
function componentsOf(model, source) {
  if (source !== undefined) {
    if (fs.existsSync(source) && fs.statSync(source).isDirectory()) return source;
    throw new UsageError(`there is no directory ${source}`, "Hub ids are for the native program: modelexport fetch ID, then --source DIRECTORY");
  }
  const beside = path.dirname(model);
  const above = path.basename(path.resolve(beside)) === "onnx" ? path.join(beside, "..") : beside;
  return [beside, above].find((place) => fs.existsSync(path.join(place, "config.json"))) ?? beside;
}

/** The data files that a model names, as far as they are there and inside its directory. */
async function dataOf(model) {
  const directory = path.dirname(model);
  const root = fs.realpathSync(directory) + path.sep;
  const { external_data: named = [] } = await withSource(model, (source) => source.inspect());
  const found = {};
  for (const { location } of named) {
    const file = path.join(directory, location);
    const key = `${model.slice(0, model.length - path.basename(model).length)}${location.replace(/^\.\//, "")}`;
    if (fs.existsSync(file) && fs.realpathSync(file).startsWith(root)) found[key] = file;
  }
  return found;
}

function warn({ code, message, where, hint }) {
  process.stderr.write(`warning[${code}]: ${message}\n${where?.path ? `  --> ${where.path}\n` : ""}${hint ? `  = hint: ${hint}\n` : ""}`);
}

async function packFiles(models, { output, json, quiet, source, force, ...options }) {
  if (output === undefined) throw new UsageError("no output is named", `modelexport pack ${models[0]} -o FILE.zip`);
  if (!output.endsWith(".zip")) throw new UsageError("this program writes packages as FILE.zip", `-o ${output}.zip`);
  const files = { models: Object.fromEntries(models.map((model) => [model, model])), data: {}, components: filesBelow(componentsOf(models[0], source)) };
  for (const model of models) Object.assign(files.data, await dataOf(model));
  const { text: said, warnings, ...report } = await pack(files, output, { ...camel(options), source, output, force });
  if (!quiet) warnings.forEach(warn);
  if (json) printJson(report);
  else if (!quiet) process.stderr.write(`${said}\n`);
}

const camel = (options) => Object.fromEntries(Object.entries(options).filter(([name]) => !(name in GLOBAL)).map(([name, value]) =>
  [name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), value]));

async function exportFile([archive], { output, json, quiet, force, ...options }) {
  if (output === undefined) throw new UsageError("no output is named", `modelexport export ${archive} -o model.onnx`);
  const { warnings, ...report } = await exportArchive(archive, output, { ...camel(options), force });
  if (!quiet) warnings.forEach(warn);
  if (json) printJson(report);
  else if (!quiet) process.stderr.write(`wrote ${output} (${report.nodes} nodes, ${report.parameters} parameters, opset ${report.opset}; not verified)\n`);
}

const COMMANDS = {
  inspect: { run: inspect, most: 1, words: "FILE", about: "facts and hierarchy of an ONNX file", options: { tree: flag, depth: text, nodes: flag } },
  check: { run: check, most: Infinity, words: "FILE…", about: "validate ONNX files; --fix -o NEW.onnx repairs one", options: { fix: flag, ...OUTPUT } },
  stamp: { run: stamp, most: 1, words: "MODEL.onnx", about: "read, set, remove metadata", options: { set: list, remove: list, ...OUTPUT } },
  migrate: {
    run: migrate, most: 1, words: "OLD.onnx -o NEW.onnx", about: "a legacy export to the current form",
    options: { source: short(text, "s"), "rename-inputs": flag, dynamic: flag, "dry-run": short(flag, "n"), ...OUTPUT },
  },
  pack: {
    run: packFiles, most: 64, words: "MODEL.onnx… -o FILE.zip", about: "ONNX files and their source to a complete package",
    options: { source: short(text, "s"), target: short(text, "t"), role: list, task: text, "trust-remote-code": flag, "no-card": flag, "keep-paths": flag, ...OUTPUT },
  },
  export: {
    run: exportFile, most: 1, words: "ARCHIVE.pt2 -o OUT.onnx", about: "a torch.export archive to ONNX",
    options: {
      source: short(text, "s"), task: text, opset: text, input: list, dynamic: list, static: flag, "output-name": list, weights: text, hierarchy: text,
      "torch-modules": flag, "keep-paths": flag, "allow-unpinned": flag, ...OUTPUT,
    },
  },
};

function help() {
  const rows = Object.entries(COMMANDS).map(([name, { words, about }]) => `  ${`${name} ${words}`.padEnd(34)} ${about}`);
  return `usage: modelexport COMMAND [OPTIONS]\n\n${rows.join("\n")}\n\n--json prints documents for scripts. What needs a network or PyTorch is the native program's.`;
}

function optionsOf(name, { options, words }) {
  const dashes = (option) => `${option.short ? `-${option.short}, ` : ""}--`;
  return `usage: modelexport ${name} ${words}\n${Object.entries({ ...options, ...GLOBAL }).map(([key, option]) => `  ${dashes(option)}${key}${option.type === "string" ? " VALUE" : ""}`).join("\n")}`;
}

async function main([name = "help", ...rest]) {
  if (name === "version" || name === "--version") return print(`modelexport ${await version()}`);
  if (name === "help" || name === "--help" || name === "-h") return print(rest[0] in COMMANDS ? optionsOf(rest[0], COMMANDS[rest[0]]) : help());
  const command = COMMANDS[name];
  if (command === undefined) throw new UsageError(`there is no command '${name}' here`, "modelexport help");
  let parsed;
  try {
    parsed = parseArgs({ args: rest, options: { ...command.options, ...GLOBAL }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message, `modelexport help ${name}`);
  }
  if (parsed.values.help) return print(optionsOf(name, command));
  const { length } = parsed.positionals;
  if (length < 1 || length > command.most) throw new UsageError(`${name} takes ${command.words}`, `modelexport help ${name}`);
  return command.run(parsed.positionals, parsed.values);
}

const OUTPUT_ERRORS = new Set(["EEXIST", "EACCES", "EROFS", "ENOSPC", "EDQUOT", "EISDIR"]);

/** Errors of the core as they are; those of the system under the command line's codes. */
function problemOf(error) {
  if (error instanceof ModelExportError || error instanceof UsageError) return error;
  if (error.code === "EEXIST") return { code: "ME-IO-006", exitCode: 5, message: error.message.replace("option force", "--force"), where: null, hint: "add --force" };
  if (error.code === "ENOENT") return { code: "ME-IO-001", exitCode: 3, message: "the input does not exist", where: { path: error.path }, hint: null };
  const output = error.syscall === "write" || (error.syscall === "open" && OUTPUT_ERRORS.has(error.code) && /\.part'?$/.test(error.path ?? ""));
  return { code: output ? "ME-IO-008" : "ME-IO-003", exitCode: output ? 5 : 3, message: error.message, where: null, hint: null };
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ?? 0;
} catch (error) {
  const { code, message, where, hint, exitCode } = problemOf(error);
  const place = [where?.path, where?.field, where?.offset === undefined || where.offset === null ? null : `byte ${where.offset}`].filter(Boolean).join(", ");
  if (process.argv.includes("--json")) printJson({ error: { code, message, where: where ?? null, hint: hint ?? null } });
  else process.stderr.write(`error[${code}]: ${message}\n${place === "" ? "" : `  --> ${place}\n`}${hint ? `  = hint: ${hint}\n` : ""}`);
  process.exitCode = exitCode;
}
