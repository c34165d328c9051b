// @ts-check

/** Icon of each thing to do, by the key of the guide. @type {Record<string, string>} */
const ICON_OF_GUIDE = {
  nobody: "person",
  frontal_view: "turn",
  oblique_view: "turn",
  slightly_turned: "turn",
  turn_side_on: "turn",
  too_close: "back",
  body_cut_off: "back",
  too_far: "closer",
  second_person: "people",
  camera_tilted: "level",
  upside_down: "level",
  on_its_side: "level",
  low_frame_rate: "rate",
  too_dark: "light",
  too_bright: "light",
};

/**
 * Icon that goes with an instruction; to turn is what is left.
 * @param {string} key
 */
export function iconOfGuide(key) {
  return ICON_OF_GUIDE[key] ?? "turn";
}
