import "htmx.org";
import { startChoices } from "./scripts/choices";
import { startCopying } from "./scripts/copying";
import { startFilters } from "./scripts/filters";
import { startPalette } from "./scripts/palette";
import { startNotices } from "./scripts/notices";
import { startRows } from "./scripts/rows";

startChoices();
startCopying();
startFilters();
startPalette();
startNotices();
startRows();
