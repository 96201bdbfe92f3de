//! What conversion truly depends on.

use super::fields::Lead;
use crate::draw::sigmoid;

/// One thing that drives conversion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Driver {
    /// Field of the table.
    pub field: &'static str,
    /// Its effect on the log-odds, in words.
    pub effect: &'static str,
}

const INTERCEPT: f64 = -3.5;

/// The probability of conversion: a logistic function of the sum of the effects.
pub(super) fn probability(lead: &Lead) -> f64 {
    sigmoid(INTERCEPT + engagement(lead) + fit(lead) + timing(lead))
}

fn engagement(lead: &Lead) -> f64 {
    let demo = if lead.demo_requested { 1.5 } else { 0.0 };
    demo + 0.55 * (lead.page_views as f64).ln_1p() + 0.12 * (lead.email_opens.min(8) as f64)
}

fn fit(lead: &Lead) -> f64 {
    let source = match lead.source {
        "referral" => 1.1,
        "partner" => 0.7,
        "trade show" => 0.2,
        "paid search" => -0.5,
        _ => 0.0,
    };
    // Large companies convert well in industries the product was made for, and badly elsewhere.
    let size = (lead.employees as f64 / 36.0).ln();
    let industry = match lead.industry {
        "software" | "finance" => 0.3 + 0.7 * size,
        "education" | "public sector" => -0.5 - 0.6 * size,
        _ => 0.1 * size,
    };
    let authority = [-0.6, -0.1, 0.4, 0.8][usize::from(lead.seniority.min(3))];
    let money = 0.35 * (lead.budget / 5000.0).ln().clamp(-2.0, 2.0);
    let country = if lead.country == "Germany" { 0.25 } else { 0.0 };
    source + industry + authority + money + country
}

fn timing(lead: &Lead) -> f64 {
    -0.65 * (lead.days_since_last_contact as f64 / 30.0).min(3.0)
}

/// The strongest first, by the spread of their effects over the leads.
pub(super) fn drivers() -> Vec<Driver> {
    let driver = |field, effect| Driver { field, effect };
    vec![
        driver("demo_requested", "+1.5 where a demo was requested"),
        driver("days_since_last_contact", "-0.65 for each 30 days, at most -1.95"),
        driver(
            "employees",
            "per e-fold around 36: +0.7 in software and finance, -0.6 in education and the public sector, +0.1 else",
        ),
        driver("source", "referral +1.1, partner +0.7, trade show +0.2, paid search -0.5"),
        driver("job_title", "by seniority: -0.6, -0.1, +0.4, +0.8"),
        driver("page_views", "+0.55 ln(1 + views)"),
        driver("budget", "+0.35 per e-fold around 5,000, at most 2 e-folds"),
        driver(
            "industry",
            "+0.3 in software and finance, -0.5 in education and the public sector, and the slope of employees",
        ),
        driver("email_opens", "+0.12 each, at most 8"),
        driver("country", "+0.25 in Germany"),
    ]
}
