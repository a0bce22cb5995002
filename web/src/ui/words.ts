// The command line's advice, where the page has a button for what it advises.

const BOXES: [string, string][] = [["--rename-inputs", "“Rename swapped inputs”"], ["--dynamic", "“Free the batch size”"]];

/** Advice about a migration: its options are boxes and a field on the page. */
export function migrationWords(text: string): string {
  if (/^modelexport migrate /.test(text)) {
    const boxes = BOXES.filter(([option]) => text.includes(option)).map(([, box]) => `tick ${box}`);
    const all = [...boxes, ...(text.includes("--source ") ? ["name the source"] : [])];
    if (all.length > 0) return `${all.join(" and ")} below`;
  }
  return BOXES.reduce((words, [option, box]) => words.replaceAll(option, box), text).replace("--source SOURCE brings it", "a source, named below, brings it");
}

export type Advised = "stamp" | "rename" | "dynamic";
const ADVICE: [RegExp, Advised][] = [[/\bmodelexport stamp \S+ --source /, "stamp"], [/\bmodelexport migrate .*--rename-inputs/, "rename"], [/\bmodelexport migrate .*--dynamic/, "dynamic"]];

/** What a hint advises that the page can do itself. */
export const advised = (hint: string | null): Advised | null => ADVICE.find(([form]) => form.test(hint ?? ""))?.[1] ?? null;
