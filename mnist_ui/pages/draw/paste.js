// A picture pasted anywhere on the page goes where a chosen file goes: into the file uploader of
// the section below, which checks and sends it. Where that is closed, it is opened first.

const SECTION = ".st-key-read_picture";

function take(event) {
  const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
  if (!picture) return;
  event.preventDefault();
  const section = document.querySelector(`${SECTION} details`);
  if (section && !section.open) section.querySelector("summary").click();
  handIn(picture);
}

// The uploader comes once Python has heard that the section is open, and has torch.
function handIn(picture) {
  const input = document.querySelector(".st-key-picture input[type=file]");
  if (!input) {
    if (document.querySelector(SECTION)) setTimeout(() => handIn(picture), 100);
    return;
  }
  const files = new DataTransfer();
  files.items.add(picture);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  input.scrollIntoView({ block: "center" });
}

export default function ({ parentElement }) {
  document.addEventListener("paste", take); // once, however often this is called
  parentElement.dataset.listens = ""; // the page was seen before
  return () => document.removeEventListener("paste", take);
}
