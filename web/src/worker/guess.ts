// Where the next weights begin, by those that were seen: layers repeat. A wrong guess costs a small request; right ones
// are asked for side by side, where each header alone would have to wait for the one before it.

export interface Range {
  start: number;
  end: number;
}

const LONGEST = 48;
/** Names of later layers are a little longer. */
const DRIFT = 64;
const MOST_DRIFT = 2048;
/** What lies around a header may be asked for with it: a bias before the next matrix. */
const HEADER = 16 * 1024;
const MOST = 128;
/** So many steps at least: equal neighbours are no layers yet. */
const EVIDENCE = 8;

/** How many steps ago the same steps were taken, seen often enough to mean something; 0 where nothing repeats. */
function period(steps: number[]): number {
  for (let length = 1; length <= LONGEST && 2 * length <= steps.length; ++length) {
    const seen = length * (Math.max(2, Math.ceil(EVIDENCE / length)) - 1);
    if (seen + length > steps.length) continue;
    const same = steps.slice(-seen).every((step, i) => Math.abs(step - (steps[steps.length - seen - length + i] as number)) <= DRIFT);
    if (same) return length;
  }
  return 0;
}

/** Ranges around the headers that should follow `begins`, before `end`. */
export function guess(begins: number[], end: number): Range[] {
  const steps = begins.slice(1).map((at, i) => at - (begins[i] as number));
  const length = period(steps);
  if (length === 0) return [];
  const ranges: Range[] = [];
  let at = begins[begins.length - 1] as number;
  for (let i = 0; ranges.length < Math.min(MOST, 8 * begins.length); ++i) {
    at += steps[steps.length - length + (i % length)] as number;
    const drift = Math.min(MOST_DRIFT, DRIFT * (1 + Math.floor(i / length)));
    if (at + HEADER > end) return ranges;
    ranges.push({ start: at - drift, end: at + HEADER });
  }
  return ranges;
}
