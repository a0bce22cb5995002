// A Blob to the user's disk: into a file that the user chose where the browser can write files, else as a download.
//
// The place is asked for first, while the click still counts as one; then bytes go in slices, so that there is progress
// and a way to stop. The browser writes beside the file and replaces it at the end: whatever happens in between, no half
// file is left.

interface FilePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

export interface Destination {
  write: (blob: Blob, progress: (done: number, total: number) => void, signal: AbortSignal) => Promise<void>;
}

const SLICE = 32 * 1024 * 1024;

class ChosenFile implements Destination {
  constructor(private readonly handle: FileSystemFileHandle) {}

  async write(blob: Blob, progress: (done: number, total: number) => void, signal: AbortSignal): Promise<void> {
    const stream = await this.handle.createWritable();
    try {
      for (let at = 0; at < blob.size; at += SLICE) {
        signal.throwIfAborted();
        await stream.write(blob.slice(at, at + SLICE));
        progress(Math.min(blob.size, at + SLICE), blob.size);
      }
      signal.throwIfAborted();
      await stream.close();
    } catch (error) {
      await stream.abort().catch(() => {});
      throw error;
    }
  }
}

class Download implements Destination {
  constructor(private readonly name: string) {}

  async write(blob: Blob): Promise<void> {
    const url = URL.createObjectURL(blob);
    const link = document.createElement("a");
    link.href = url;
    link.download = this.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 3_600_000);
  }
}

/** Null when the user closed the dialog. */
export async function chooseDestination(name: string): Promise<Destination | null> {
  const picker = (window as FilePicker).showSaveFilePicker;
  if (picker === undefined) return new Download(name);
  try {
    return new ChosenFile(await picker.call(window, { suggestedName: name }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    return new Download(name);  // not allowed here (a frame, a policy): the download always is
  }
}
