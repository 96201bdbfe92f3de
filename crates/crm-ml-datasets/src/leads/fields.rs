//! The fields of one lead.

use crm_ml_core::Stream;

use super::truth;
use crate::draw::{choice, exponential, happens, poisson};

/// 2023-01-01T00:00:00Z.
const START_SECONDS: i64 = 1_672_531_200;
const TWO_YEARS_SECONDS: f64 = 730.0 * 86_400.0;

const SOURCES: [(&str, f64); 6] = [
    ("web form", 0.30),
    ("email campaign", 0.20),
    ("paid search", 0.16),
    ("trade show", 0.13),
    ("referral", 0.12),
    ("partner", 0.09),
];
const INDUSTRIES: [(&str, f64); 8] = [
    ("software", 0.20),
    ("retail", 0.16),
    ("manufacturing", 0.16),
    ("finance", 0.13),
    ("healthcare", 0.12),
    ("education", 0.09),
    ("logistics", 0.08),
    ("public sector", 0.06),
];
const COUNTRIES: [(&str, f64); 10] = [
    ("United States", 0.34),
    ("Germany", 0.14),
    ("United Kingdom", 0.12),
    ("France", 0.09),
    ("Canada", 0.08),
    ("Netherlands", 0.06),
    ("Spain", 0.06),
    ("Brazil", 0.05),
    ("India", 0.04),
    ("Japan", 0.02),
];
/// Title, how often, and seniority from 0 to 3.
const TITLES: [((&str, u8), f64); 14] = [
    (("CEO", 3), 0.06),
    (("CTO", 3), 0.04),
    (("VP Sales", 3), 0.05),
    (("Head of Operations", 2), 0.06),
    (("IT Director", 2), 0.07),
    (("Sales Director", 2), 0.07),
    (("Marketing Manager", 1), 0.12),
    (("Sales Manager", 1), 0.11),
    (("Project Manager", 1), 0.09),
    (("Engineer", 0), 0.11),
    (("Analyst", 0), 0.09),
    (("Assistant", 0), 0.06),
    (("Consultant", 0), 0.05),
    (("Student", 0), 0.02),
];
const PHRASES: [&str; 12] = [
    "met at the booth and exchanged cards",
    "wants to replace the current tool",
    "asked about prices for the whole team",
    "needs sign-off from the finance department",
    "compares us with two other vendors",
    "left a voice mail, no answer yet",
    "sent the brochure and two case studies",
    "interested in the integration with their shop",
    "budget round starts next quarter",
    "prefers to be called in the afternoon",
    "will come back after the holidays",
    "asked for references in the same industry",
];

/// One lead, complete; `gone` says which cells the export leaves out.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    row: usize,
    created_seconds: i64,
    pub(super) source: &'static str,
    pub(super) industry: &'static str,
    pub(super) country: &'static str,
    pub(super) employees: i64,
    pub(super) annual_revenue: i64,
    pub(super) job_title: &'static str,
    pub(super) seniority: u8,
    pub(super) email_opens: i64,
    pub(super) page_views: i64,
    pub(super) demo_requested: bool,
    pub(super) days_since_last_contact: i64,
    pub(super) budget: f64,
    pub(super) newsletter: bool,
    pub(super) notes: String,
    pub(super) converted: bool,
    /// industry, country, employees, annual_revenue, job_title, days_since_last_contact, budget, notes.
    pub(super) gone: [bool; 8],
    contract_factor: Option<f64>,
}

impl Lead {
    pub(super) fn draw(stream: &mut Stream, row: usize) -> Self {
        let interest = stream.normal();
        let employees = (3.6 + 1.3 * stream.normal()).exp().round().clamp(1.0, 50_000.0);
        let revenue = employees * 110_000.0 * (0.6 * stream.normal()).exp();
        let (job_title, seniority) = choice(stream, &TITLES);
        let budget = 400.0 * employees.powf(0.7) * (0.7 * stream.normal() + 0.15 * interest).exp();
        let mut lead = Self {
            row,
            created_seconds: START_SECONDS + (stream.uniform() * TWO_YEARS_SECONDS) as i64,
            source: choice(stream, &SOURCES),
            industry: choice(stream, &INDUSTRIES),
            country: choice(stream, &COUNTRIES),
            employees: employees as i64,
            annual_revenue: (revenue / 1000.0).round() as i64 * 1000,
            job_title,
            seniority,
            email_opens: poisson(stream, (0.9 + 0.5 * interest).exp()),
            page_views: poisson(stream, (1.6 + 0.6 * interest).exp()),
            demo_requested: happens(stream, crate::draw::sigmoid(-1.7 + 0.9 * interest)),
            days_since_last_contact: exponential(stream, 30.0).floor().min(365.0) as i64,
            budget: (budget / 50.0).round().max(1.0) * 50.0,
            newsletter: happens(stream, 0.42),
            notes: notes(stream, interest),
            converted: false,
            gone: [false; 8],
            contract_factor: None,
        };
        lead.converted = happens(stream, truth::probability(&lead));
        // The smaller the company, the less is known of its revenue.
        let revenue_gone = if employees < 30.0 { 0.30 } else { 0.12 };
        for (gone, share) in
            lead.gone.iter_mut().zip([0.03, 0.02, 0.08, revenue_gone, 0.05, 0.06, 0.30, 0.15])
        {
            *gone = happens(stream, share);
        }
        let factor = (0.3 * stream.normal()).exp();
        lead.contract_factor = happens(stream, 0.98).then_some(factor);
        lead
    }

    pub(super) fn id(&self) -> String {
        format!("L-{:06}", self.row + 1)
    }

    pub(super) fn created_micros(&self) -> i64 {
        self.created_seconds * 1_000_000
    }

    /// Known only of those who signed.
    pub(super) fn contract_value(&self) -> Option<f64> {
        let factor = self.contract_factor.filter(|_| self.converted)?;
        Some((self.budget * factor).round())
    }
}

fn notes(stream: &mut Stream, interest: f64) -> String {
    let count = 1 + usize::from(interest + stream.normal() > 0.0) + stream.below(2);
    let chosen = stream.sample(PHRASES.len(), count);
    let text = chosen.iter().map(|&i| PHRASES[i]).collect::<Vec<_>>().join("; ");
    match stream.below(3) {
        0 => text,
        _ => format!("{text} (call {} min)", 2 + stream.below(40)),
    }
}

/// `$12,500`
pub(super) fn currency(amount: f64) -> String {
    let digits = format!("{amount:.0}");
    let mut text = String::from("$");
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
