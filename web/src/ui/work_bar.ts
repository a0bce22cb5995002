// What is going on: how far it is, and a way to stop it.
import { bytes } from "../format";
import { h } from "../dom";
import type { Work } from "../state";

/** Stays the same element while it advances: its button keeps the focus, and a press is a press. */
export class WorkBar {
  private readonly what = h("span");
  private readonly meter = h("progress");
  private readonly figures = h("span", { class: "muted" });
  readonly element = h("div", { class: "progress", "data-testid": "progress" });

  private readonly button: HTMLButtonElement;

  constructor(cancel: () => void, hook = "cancel") {
    this.button = h("button", { class: "quiet", "data-testid": hook, onclick: cancel }, "Cancel");
    this.element.append(this.what, this.meter, this.figures, this.button);
  }

  focus(): void {
    this.button.focus();
  }

  show(work: Work | null, place: HTMLElement): void {
    if (work === null) return this.element.remove();
    if (!this.element.isConnected) place.append(this.element);
    const { what, done, total } = work;
    this.what.textContent = what;
    this.meter.setAttribute("aria-label", what);
    this.figures.textContent = total > 0 ? `${bytes(done)} of ${bytes(total)}` : "";
    if (total > 0) {
      this.meter.max = total;
      this.meter.value = Math.min(done, total);
    } else this.meter.removeAttribute("value");
  }
}
