// Redrawing without taking things out of people's hands: the control that had the focus has it afterwards, a text that
// is being typed stays, and nothing is drawn between the press and the release of a pointer, since a click on an element
// that was replaced in between is none.
import type { State, Store } from "../state";

const CONTROLS = "a, button, input, textarea, select, summary, [tabindex]";

/** What a control is called, across redraws. */
const nameOf = (control: Element): string =>
  control.id !== "" ? control.id : `${control.tagName} ${control.getAttribute("data-testid") ?? control.getAttribute("data-key") ?? control.getAttribute("aria-label") ?? control.textContent ?? ""}`;

const textOf = (control: Element): HTMLInputElement | HTMLTextAreaElement | null =>
  control instanceof HTMLTextAreaElement || (control instanceof HTMLInputElement && /^(text|search)$/.test(control.type)) ? control : null;

const named = (box: Element, name: string): HTMLElement[] => [...box.querySelectorAll<HTMLElement>(CONTROLS)].filter((c) => nameOf(c) === name);

/** Draws `box`; the focus goes to the same control, or where that is gone to `otherwise`. */
export function keepFocus(box: HTMLElement, otherwise: HTMLElement, draw: () => void): void {
  const before = document.activeElement;
  if (before === null || before === box || !box.contains(before)) return draw();
  const name = nameOf(before);
  const position = named(box, name).indexOf(before as HTMLElement);
  const typed = textOf(before);
  const selection = typed === null ? null : [typed.selectionStart, typed.selectionEnd] as const;
  draw();
  if (before.isConnected) return;
  const all = named(box, name);
  const same = all[position] ?? all[0];
  (same ?? otherwise).focus({ preventScroll: true });
  const text = same === undefined ? null : textOf(same);
  if (text !== null && typed !== null && selection !== null) {
    text.value = typed.value;
    text.setSelectionRange(...selection);
  }
}

type Draw = (state: State, changed: ReadonlySet<keyof State>) => void;

/** Subscribes a view that waits while a pointer is pressed. */
export function drawUnpressed(store: Store, draw: Draw): void {
  let pressed = false;
  let waiting = new Set<keyof State>();
  const release = (): void => {
    pressed = false;
    // After the click that follows the release.
    setTimeout(() => {
      if (pressed || waiting.size === 0) return;
      const changed = waiting;
      waiting = new Set();
      draw(store.state, changed);
    });
  };
  addEventListener("pointerdown", ({ button }) => { pressed = button === 0; }, true);
  // A release may happen where the page does not see it: over a list of choices, outside of the window.
  for (const type of ["pointerup", "pointercancel", "dragend", "change", "keydown"]) addEventListener(type, release, true);
  addEventListener("pointermove", ({ buttons }) => { if (pressed && buttons === 0) release(); }, true);
  addEventListener("blur", release);
  store.subscribe((state, changed) => {
    if (pressed) for (const key of changed) waiting.add(key);
    else {
      const all = new Set([...waiting, ...changed]);
      waiting = new Set();
      draw(state, all);
    }
  });
}
