// A zip that was dropped, as the files in it: stored members are slices of it, others are inflated by the browser.
import type { Source } from "../../../wasm/modelexport.mjs";
import type { PickedFile } from "./protocol";

interface Member {
  name: string;
  deflated: boolean;
  size: number;
  offset: number;
  stored: number;
}

const MOST = 5000;
const MOST_INFLATED = 1 << 30;

/** Packages are stored; what somebody else compressed is read as well, up to a limit. */
export async function filesInZip(zip: File, source: Source): Promise<PickedFile[]> {
  const members = (await source.ask({ ask: "members" })) as Member[];
  const wanted = members.filter((m) => !m.name.endsWith("/"));
  if (wanted.length > MOST) throw new RangeError(`the archive has ${wanted.length} files`);
  let inflated = 0;
  const files: PickedFile[] = [];
  for (const member of wanted) {
    const stored = zip.slice(member.offset, member.offset + member.stored);
    if (member.deflated && (inflated += member.size) > MOST_INFLATED) throw new RangeError("the archive's compressed files are too large; unpack it and drop the directory");
    const blob = member.deflated ? await inflate(stored, member.size) : stored;
    files.push({ path: member.name, file: new File([blob], member.name.slice(member.name.lastIndexOf("/") + 1)) });
  }
  return files;
}

async function inflate(stored: Blob, size: number): Promise<Blob> {
  const plain = stored.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = plain.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > size) throw new RangeError("a file of the archive is longer than it says");
    chunks.push(value);
  }
  if (length !== size) throw new RangeError("a file of the archive is shorter than it says");
  return new Blob(chunks);
}
