// @ts-check
// Brings the kiosk's own screen back to the kiosk when staff have gone without saying so.

const IDLE_MS = 180_000;
const MARK = "hingewise.from_kiosk";

/** Whether this page was opened from the kiosk's screen, now or before a form was sent. */
function isFromKiosk() {
  if (new URLSearchParams(location.search).has("kiosk")) sessionStorage.setItem(MARK, "yes");
  return sessionStorage.getItem(MARK) === "yes";
}

function goBackWhenIdle() {
  let timer = 0;
  const begin = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => location.assign("/kiosk"), IDLE_MS);
  };
  for (const sign of ["pointerdown", "pointermove", "keydown"]) addEventListener(sign, begin);
  begin();
}

if (isFromKiosk()) goBackWhenIdle();
document.querySelector(".said")?.scrollIntoView({ block: "nearest" });
