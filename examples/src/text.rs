//! Headings, tables and bars of text.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

/// A heading with a line under it.
pub fn heading(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.chars().count()));
}

/// Prints rows under a header; columns after the first `left` are aligned right.
pub fn table<R: AsRef<[String]>>(header: &[&str], rows: &[R], left: usize) {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row.as_ref());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
        if column.index >= left {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{}", table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
}

/// A bar of `value` out of `most`, at most `width` characters long.
pub fn bar(value: f64, most: f64, width: usize) -> String {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    "#".repeat((share * width as f64).round() as usize)
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// An optional number, short.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(v) if v.abs() >= 1e6 => format!("{v:.4e}"),
        Some(v) if v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) => format!("{v:.3}"),
    }
}

/// Days since 1970-01-01 as a date (the civil calendar, by eras of 400 years that begin in March).
pub fn date(days: Option<f64>) -> String {
    let Some(days) = days else { return "-".to_owned() };
    let days = days.round() as i64 + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{month:02}-{day:02}", 400 * era + year + i64::from(month <= 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_shown_as_dates() {
        let shown = [0.0, -1.0, 11_016.0, 19_722.0, 19_782.0].map(|days| date(Some(days)));
        assert_eq!(shown, ["1970-01-01", "1969-12-31", "2000-02-29", "2023-12-31", "2024-02-29"]);
        assert_eq!(date(None), "-");
    }
}
