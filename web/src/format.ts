// Numbers and names for people; the exact value goes into a title beside it.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1234567 → "1.2 MB", as the command line writes sizes. */
export function bytes(size: number): string {
  let unit = 0;
  let value = size;
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${size} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** 109482240 → "109M", 1234567 → "1.2M": what comes after is cut off, as `inspect --tree` does. */
export function count(value: number): string {
  const [size, letter] = ([[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "K"]] as const).find(([unit]) => value >= unit) ?? [1, ""];
  if (size === 1) return String(value);
  const tenths = Math.floor(value / (size / 10));
  return `${Math.floor(tenths / 10)}${tenths < 1000 && tenths % 10 !== 0 ? `.${tenths % 10}` : ""}${letter}`;
}

export const exact = (value: number): string => value.toLocaleString("en-US");

export function shape(dims: (number | string | null)[] | null): string {
  if (dims === null) return "unknown shape";
  return `[${dims.map((d) => d ?? "?").join(", ")}]`;
}

/** Up to six significant digits. */
export function number(value: number | string | null): string {
  if (value === null) return "–";
  if (typeof value === "string") return value;
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : Number(value.toPrecision(6)).toString();
}

/** The last component of a tag or path. */
export const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** A word for a shell, quoted when it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
