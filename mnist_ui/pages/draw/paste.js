// A picture pasted anywhere on the page goes where a chosen file goes: into the file uploader
// beside this component, which checks and sends it.

function take(event) {
  const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
  const input = document.querySelector(".st-key-picture input[type=file]");
  if (!picture || !input) return;
  event.preventDefault();
  const files = new DataTransfer();
  files.items.add(picture);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

export default function () {
  document.addEventListener("paste", take); // once, however often this is called
  return () => document.removeEventListener("paste", take);
}
