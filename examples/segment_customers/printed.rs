//! What a person reads.

use std::path::PathBuf;

use crm_ml::customers::{CohortTable, Ledger, RfmTable, SegmentProfiles, Vocabulary};
use crm_ml_examples::text::{bar, heading, percent, table};

use crate::Sales;
use crate::segments::Found;

/// Months of retention that fit a terminal.
const MONTHS: usize = 12;

/// What was read and where every line went.
pub(crate) fn data(sales: &Sales, ledger: &Ledger, rfm: &RfmTable) {
    heading(&format!(
        "Data: {} lines from {:.10} to {:.10}",
        sales.table.n_rows(),
        ledger.first(),
        ledger.last()
    ));
    println!(
        "{} customers bought before {}, the cut-off. Money, line by line:",
        rfm.customers().len(),
        rfm.cut_off()
    );
    print!("{}", rfm.reconciliation());
}

/// The named segments of the scores.
pub(crate) fn rfm(rfm: &RfmTable, vocabulary: &Vocabulary) {
    heading("Named segments by recency and frequency score");
    let segments = rfm.segments();
    let most = segments.iter().filter_map(|s| s.monetary_share).fold(0.0, f64::max);
    let money = |value: f64| vocabulary.show("monetary", value);
    let rows: Vec<[String; 8]> = segments
        .iter()
        .map(|s| {
            [
                s.segment.clone(),
                s.customers.to_string(),
                percent(s.share),
                format!("{:.0} days", s.median_recency),
                vocabulary.show("frequency", s.median_frequency),
                money(s.median_monetary),
                s.monetary_share.map_or("-".to_owned(), percent),
                bar(s.monetary_share.unwrap_or(0.0), most, 20),
            ]
        })
        .collect();
    let header = ["segment", "customers", "share", "recency", "orders", "money each", "of all money", ""];
    table(&header, &rows, 1);
    println!("Recency, orders and money each are those of the middle customer (median).");
}

/// Who comes back.
pub(crate) fn cohorts(cohorts: &CohortTable) {
    heading(
        "Who comes back: customers by month of the first purchase, and the percentage of them buying in later months",
    );
    let width = cohorts.cohorts().iter().map(|c| c.cells.len()).max().unwrap_or(0).min(MONTHS + 1);
    let later: Vec<String> = (1..width).map(|month| format!("+{month}")).collect();
    let header: Vec<&str> =
        ["first", "customers"].into_iter().chain(later.iter().map(String::as_str)).collect();
    let shown = |share: Option<f64>| share.map_or(String::new(), |share| format!("{:.0}", 100.0 * share));
    let row = |name: &str, customers: usize, share: &dyn Fn(usize) -> Option<f64>| -> Vec<String> {
        let cells = (1..width).map(|month| shown(share(month)));
        [name.to_owned(), customers.to_string()].into_iter().chain(cells).collect()
    };
    let mut rows: Vec<Vec<String>> =
        cohorts.cohorts().iter().map(|c| row(&c.label, c.customers, &|month| c.retention(month))).collect();
    let all = cohorts.cohorts().iter().map(|c| c.customers).sum();
    rows.push(row("all", all, &|month| cohorts.retention(month)));
    table(&header, &rows, 1);
    println!("Blank: the month had not ended at the cut-off.");
}

/// How many segments, and why.
pub(crate) fn choice(found: &Found) {
    heading("Segments by K-means on the logarithms of recency, frequency and money");
    let Some(tried) = &found.tried else {
        println!("{} segments", found.count);
        return;
    };
    let rows: Vec<[String; 5]> = tried
        .counts()
        .iter()
        .map(|count| {
            let mark = if count.n_clusters == found.count { "chosen" } else { "" };
            [
                count.n_clusters.to_string(),
                count.silhouette.map_or("-".to_owned(), |s| format!("{s:.3}")),
                format!("{:.3}", count.gap.gap),
                percent(count.stability.mean),
                mark.to_owned(),
            ]
        })
        .collect();
    table(&["segments", "silhouette", "gap", "found again", ""], &rows, 1);
    println!(
        "Silhouette: 1 for segments far apart, 0 for segments that touch; the highest is chosen, --segments fixes the number."
    );
    println!(
        "Gap: how much tighter they are than segments of data without any. Found again: agreement when one in five"
    );
    println!("customers is left out (adjusted Rand).");
}

/// Who the customers of a segment are and what to do.
pub(crate) fn profiles(profiles: &SegmentProfiles) {
    heading("Who they are and what to do (the segment with most money first)");
    println!("{profiles}");
}

/// Where things were written.
pub(crate) fn written(paths: &[PathBuf]) {
    heading("Written");
    paths.iter().for_each(|path| println!("{}", path.display()));
}
