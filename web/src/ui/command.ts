// The command line that does what the page shows.
import { hubName } from "../io/hub";
import { last, shellWord } from "../format";
import type { Editing } from "../actions/editing";
import { Packaging } from "../actions/packaging";
import { changes, type State } from "../state";
import { commandFor } from "./pages";

export function command(state: State, editing: Editing, packaging: Packaging): string | null {
  if (state.phase.kind !== "open") return null;
  const { place, tab } = state;
  if (place?.kind === "hub" && !changes(state) && !(tab === "package" && Packaging.possible(state))) {
    const { repo, revision, path } = place.file;
    return `modelexport fetch ${shellWord(hubName({ repo, revision, path: "" }))} ${shellWord(path)}`;
  }
  const file = shellWord(last(place?.kind === "url" ? new URL(place.url).pathname : state.name));
  if (state.opened !== null && state.opened.report.format !== "onnx") return commandFor(state.opened) ?? `modelexport inspect ${file}`;
  if (tab === "findings") return `modelexport check ${file}`;
  if (tab === "package" && !changes(state)) return pack(state, file, packaging);
  // Of changes, a package is a second step.
  if (tab === "package" && Packaging.possible(state)) {
    const changed = shellWord(editing.savedName());
    return `${edit(state, file, changed)} && ${pack(state, changed, packaging)}`;
  }
  if (tab === "metadata" || tab === "package") return edit(state, file, shellWord(editing.savedName()));
  return `modelexport inspect ${file}${state.selection.kind === "module" ? " --tree" : ""}`;
}

function pack({ package: { target, fetched } }: State, file: string, packaging: Packaging): string {
  return `modelexport pack ${file}${fetched === null ? "" : ` -s ${shellWord(fetched)}`}${target === "optimum" ? "" : ` -t ${target}`} -o ${shellWord(packaging.name())}`;
}

function edit({ migrate, repair, edits }: State, file: string, output: string): string {
  if (migrate !== null) {
    const source = migrate.source === "" ? "" : ` --source ${shellWord(migrate.source)}`;
    return `modelexport migrate ${file}${source}${migrate.renameInputs ? " --rename-inputs" : ""}${migrate.dynamic ? " --dynamic" : ""} -o ${output}${onTop(edits, output)}`;
  }
  if (repair) return `modelexport check ${file} --fix -o ${output}${onTop(edits, output)}`;
  const words = entries(edits);
  return `modelexport stamp ${file}${words}${words === "" ? "" : ` -o ${output}`}`;
}

/** Edits of a file that was just written. */
const onTop = (edits: State["edits"], file: string): string => (entries(edits) === "" ? "" : ` && modelexport stamp ${file}${entries(edits)} --in-place`);

function entries(edits: State["edits"]): string {
  const set = [...edits.set].map(([k, v]) => ` --set ${shellWord(`${k}=${v}`)}`).join("");
  const remove = [...edits.remove].map((k) => ` --remove ${shellWord(k)}`).join("");
  return `${set}${remove}`;
}
