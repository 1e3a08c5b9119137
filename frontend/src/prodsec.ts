import "htmx.org";
import { startChoices } from "./scripts/choices";
import { startColumns } from "./scripts/columns";
import { startCopying } from "./scripts/copying";
import { startFilters } from "./scripts/filters";
import { startPalette } from "./scripts/palette";
import { startNotices } from "./scripts/notices";
import { startKeys } from "./scripts/keys";
import { startRows } from "./scripts/rows";

startChoices();
startColumns();
startCopying();
startFilters();
startPalette();
startNotices();
startKeys();
startRows();
