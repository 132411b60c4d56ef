/** The back office: everything a clerk's page needs. */
import "./assets/favicon.svg?url";
import "./styles/backoffice.css";
import "./generated/icons.svg?url";
import "htmx.org";
import { startConfirm } from "./lib/confirm.ts";
import { startCopy } from "./lib/copy.ts";
import { startFocus } from "./lib/focus.ts";
import { startForms } from "./lib/forms.ts";
import { startKeyboard } from "./lib/keyboard.ts";
import { startMenus } from "./lib/menus.ts";
import { startPalette } from "./lib/palette.ts";
import { startPresence } from "./lib/presence.ts";
import { startRows } from "./lib/rows.ts";
import { startSelection } from "./lib/selection.ts";
import { startToasts } from "./lib/toast.ts";

startConfirm();
startMenus();
startCopy();
startForms();
startRows();
startSelection();
startFocus();
startToasts();
startPalette();
startKeyboard();
startPresence();
