"""Compares the measurements of bench/gpu/run with predictions.json, by group, name and rows.

    compare.py RESULTS
"""

import json
import pathlib
import sys


def rows_of(results):
    """Microseconds and ratio of every measured row, by group, name and rows."""
    measured = results["measured"]
    rows = {}
    for group, report in measured.items():
        for row in (report or {}).get("rows", []):
            time = row.get("medianMicroseconds", row.get("graph_us", row.get("median_us")))
            rows[group, row.get("name", "step"), row.get("rows", 0)] = time, row.get("ratio")
        for path in (report or {}).get("total", []):
            rows[group, path["decoder"], 0] = 1e6 * path["path"]["seconds"], path["account"]["achievedSpeedup"]
    cells = (measured.get("serve") or {}).get("cells", [])
    single = {cell["clients"]: cell["answersPerSecond"] for cell in cells if cell["way"] == "ar"}
    for cell in cells:  # answers a second, beside those of one token at a time
        key = "serve", f"{cell['way']}, {cell['clients']} clients", 0
        rows[key] = 1e6 * cell["whole"]["p50"], cell["answersPerSecond"] / single[cell["clients"]]
    return rows


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    file = pathlib.Path(__file__).with_name("predictions.json")
    predictions = json.loads(file.read_text(encoding="utf-8"))
    measured = rows_of(results)
    print(f"Compared with {file.name}, for {predictions['device']}:")
    print(f"{'':58}{'rows':>5}  {'measured':>10}  {'predicted':>10}  {'ratio':>6}")
    for row in predictions["rows"]:
        key = row["group"], row["name"], row["rows"]
        time, ratio = measured.get(key, (None, None))
        value = time if row["unit"] == "us" else ratio
        text = ["-", "-"] if value is None else [f"{value:.4g}", f"{value / row['predicted']:.2f}"]
        name = f"{row['group']}: {row['name']}"[:58]
        predicted = f"{row['predicted']:.4g} {row['unit']}"
        print(f"{name:58}{row['rows']:5}  {text[0]:>10}  {predicted:>10}  {text[1]:>6}")


if __name__ == "__main__":
    main()
