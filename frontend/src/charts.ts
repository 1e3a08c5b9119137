import { startCharts } from "./scripts/charts";

startCharts();
