// @ts-check
import { Erasing } from "/static/erasing.js";
import { readTexts } from "/static/texts.js";

new Erasing(readTexts());
