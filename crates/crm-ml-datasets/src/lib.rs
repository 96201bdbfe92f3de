#![doc = include_str!("../README.md")]

mod draw;
mod leads;
mod payments;
mod pipeline;
mod public;
mod revenue;
mod shop;
mod transactions;

pub use leads::{Driver, LeadGenerator, Leads, leads};
pub use payments::{FraudKind, Payments, payments};
pub use pipeline::{PipelineTruth, SalesPipeline, SalesPipelineGenerator, sales_pipeline};
pub use public::{
    airline_tweets, bank_marketing, banking77, cdnow, hillstrom, online_retail, telco_churn,
    wholesale_customers,
};
pub use revenue::{MonthlyRevenue, monthly_revenue};
pub use shop::{ShopCustomer, ShopKind, ShopOrders, shop_orders};
pub use transactions::{CustomerTruth, TransactionTruth, Transactions, transactions};
