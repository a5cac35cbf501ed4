// Loads the behaviours; each attaches itself by data- attributes and is safe to run again after a swap.
import "./announce.js";
import "./attempt-form.js";
import "./autosubmit.js";
import "./dialog.js";
import "./dismiss.js";
import "./file-drop.js";
import "./glossary.js";
import "./keep-focus.js";
import "./keyboard.js";
import "./menu.js";
import "./poll.js";
import "./print.js";
import "./relative-time.js";
import "./rule-form.js";
import "./slider.js";
import "./tab-title.js";
import "./unsaved.js";
