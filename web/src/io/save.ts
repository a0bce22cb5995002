// A Blob to the user's disk: through the file picker where the browser streams to a file, else as a download.

interface FilePicker {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

export async function saveBlob(blob: Blob, name: string): Promise<void> {
  const picker = (window as FilePicker).showSaveFilePicker;
  if (picker !== undefined && navigator.webdriver !== true) {
    const handle = await picker.call(window, { suggestedName: name });
    const stream = await handle.createWritable();
    await blob.stream().pipeTo(stream);  // closes it; an error in between leaves the old file as it was
    return;
  }
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
