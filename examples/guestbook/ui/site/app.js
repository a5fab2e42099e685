// The guestbook's page. It talks to the API at the same host name, under /api.
const ENTRIES = "/api/entries";
const PAGE = 20;

const element = (id) => document.getElementById(id);
const form = element("write");
const list = element("entries");
const notice = element("notice");
const status = element("status");
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

class ApiError extends Error {
  constructor(message, fields = {}) {
    super(message);
    this.fields = fields;
  }
}

async function call(url, options = {}) {
  let response;
  try {
    response = await fetch(url, { ...options, signal: AbortSignal.timeout(10000) });
  } catch {
    throw new ApiError("The guestbook cannot be reached just now.");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(body.error ?? "The guestbook cannot answer just now.", body.fields);
  }
  return body;
}

function entryItem(entry) {
  const item = document.createElement("li");
  item.dataset.id = entry.id;
  const head = document.createElement("div");
  const name = document.createElement("b");
  name.textContent = entry.name;
  const time = document.createElement("time");
  time.dateTime = entry.created;
  time.textContent = dateFormat.format(new Date(entry.created));
  head.append(name, time);
  const text = document.createElement("p");
  text.textContent = entry.text;
  item.append(head, text);
  return item;
}

function say(text) {
  notice.textContent = text;
  notice.hidden = text === "";
}

async function load(before) {
  const url = `${ENTRIES}?limit=${PAGE}${before ? `&before=${before}` : ""}`;
  element("retry").hidden = true;
  list.setAttribute("aria-busy", "true");
  try {
    const { entries } = await call(url);
    list.append(...entries.map(entryItem));
    element("older").hidden = entries.length < PAGE;
    say(list.children.length === 0 ? "No entries yet. Yours can be the first." : "");
  } catch (error) {
    say(error.message);
    element("retry").hidden = false;
  } finally {
    list.setAttribute("aria-busy", "false");
  }
}

function showFieldErrors(fields) {
  for (const id of ["name", "text"]) {
    const message = fields[id] ?? "";
    const place = element(`${id}-error`);
    place.textContent = message;
    place.hidden = message === "";
    element(id).setAttribute("aria-invalid", String(message !== ""));
  }
  const first = ["name", "text"].find((id) => fields[id]);
  if (first) element(first).focus();
}

function missing(entry) {
  const fields = {};
  if (!entry.name) fields.name = "Please tell us your name.";
  if (!entry.text) fields.text = "Please write a few words.";
  return fields;
}

function tell(text, failed) {
  status.textContent = text;
  status.classList.toggle("failed", failed);
}

async function send(event) {
  event.preventDefault();
  const entry = { name: form.elements.name.value.trim(), text: form.elements.text.value.trim() };
  const fields = missing(entry);
  showFieldErrors(fields);
  tell("", false);
  if (Object.keys(fields).length > 0) return;
  element("send").disabled = true;
  try {
    const { entry: saved } = await call(ENTRIES, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(entry),
    });
    const item = entryItem(saved);
    item.classList.add("new");
    list.prepend(item);
    say("");
    form.elements.text.value = "";
    count();
    tell("Thank you, your entry is in the book.", false);
  } catch (error) {
    showFieldErrors(error.fields ?? {});
    tell(error.message, true);
  } finally {
    element("send").disabled = false;
  }
}

function count() {
  const left = 1000 - form.elements.text.value.length;
  element("text-count").textContent = `${left} ${left === 1 ? "character" : "characters"} left`;
}

form.addEventListener("submit", send);
form.elements.text.addEventListener("input", count);
element("older").addEventListener("click", () => load(list.lastElementChild?.dataset.id));
element("retry").addEventListener("click", () => load(list.lastElementChild?.dataset.id));
load();
