/** The customer's portal and sign-in: it works without this file, which adds only comfort. */
import "./assets/favicon.svg?url";
import "./styles/portal.css";
import "./generated/icons.svg?url";
import { startConfirm } from "./lib/confirm.ts";
import { startCopy } from "./lib/copy.ts";
import { startForms } from "./lib/forms.ts";
import { startMenus } from "./lib/menus.ts";
import { startSeen } from "./lib/seen.ts";

startConfirm();
startMenus();
startCopy();
startForms();
startSeen();
