// The question before changes are lost.
import { last } from "../format";
import { h } from "../dom";
import type { State } from "../state";

/** True when the changes may go; a closed dialog keeps them. */
export function confirmed({ edits, repair, migrate, name }: State): Promise<boolean> {
  const count = edits.set.size + edits.remove.size;
  const what = [count > 0 && `${count} metadata ${count === 1 ? "change" : "changes"}`, repair && "a repair", migrate !== null && "a migration"].filter(Boolean).join(" and ");
  const dialog = h("dialog", { class: "ask", "aria-labelledby": "ask-title", "data-testid": "unsaved" },
    h("h2", { id: "ask-title" }, `Changes of ${last(name)} are not saved`),
    h("p", null, `There ${count === 1 || count === 0 ? "is" : "are"} ${what} that no file has.`),
    h("form", { method: "dialog", class: "buttons" },
      h("button", { class: "primary", value: "keep" }, "Keep editing"), h("button", { class: "quiet", value: "discard" }, "Discard the changes")));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "discard");
  }));
}
