//! The shop's order lines are what their documentation says.

use std::collections::{BTreeMap, BTreeSet};

use crm_ml_datasets::{ShopKind, shop_orders};

#[test]
fn a_shorter_table_is_the_head_of_a_longer_one() {
    let (short, long) = (shop_orders(40, 3).unwrap(), shop_orders(60, 3).unwrap());
    assert_eq!(short.customers, long.customers[..40]);
    let rows: Vec<usize> = (0..short.table.n_rows()).collect();
    let head = long.table.select_rows(&rows).unwrap();
    for column in short.table.columns() {
        assert_eq!(column.texts(), head.column(column.name()).unwrap().texts(), "{}", column.name());
    }
    assert_ne!(
        shop_orders(40, 4).unwrap().table.column("time").unwrap().micros().unwrap(),
        short.table.column("time").unwrap().micros().unwrap()
    );
}

#[test]
fn kinds_behave_as_they_are_called() {
    let shop = shop_orders(2000, 1).unwrap();
    let kinds: BTreeMap<&str, ShopKind> =
        shop.customers.iter().map(|c| (c.customer_id.as_str(), c.kind)).collect();
    let customers = shop.table.column("customer_id").unwrap();
    let orders = shop.table.column("order_id").unwrap();
    let quantities = shop.table.column("quantity").unwrap().integers().unwrap();
    let days = shop.table.column("time").unwrap().days().unwrap();
    let mut placed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let (mut guests, mut returns) = (0, 0);
    let texts = customers.texts();
    for row in 0..shop.table.n_rows() {
        let day = days[row].unwrap();
        assert!((19_358..20_089).contains(&day));
        returns += usize::from(quantities[row].unwrap() < 0);
        let Some(customer) = &texts[row] else {
            guests += 1;
            continue;
        };
        let (id, kind) = kinds.get_key_value(customer.as_ref()).unwrap();
        if quantities[row].unwrap() > 0 {
            placed.entry(id).or_default().insert(orders.text(row).unwrap().into_owned());
            assert!(*kind != ShopKind::Lapsed || day < 19_358 + 540);
        }
    }
    let share = |count: usize| count as f64 / shop.table.n_rows() as f64;
    assert!((0.02..0.04).contains(&share(returns)) && (0.01..0.03).contains(&share(guests)));
    assert_eq!(placed.len(), 2000);
    let mean = |kind: ShopKind| {
        let counts: Vec<usize> =
            placed.iter().filter(|(id, _)| kinds[**id] == kind).map(|(_, o)| o.len()).collect();
        assert!(counts.len() > 80);
        counts.iter().sum::<usize>() as f64 / counts.len() as f64
    };
    assert_eq!(mean(ShopKind::OneTime), 1.0);
    assert!((15.0..35.0).contains(&mean(ShopKind::Trade)) && (9.0..20.0).contains(&mean(ShopKind::Regular)));
    assert!((2.0..6.0).contains(&mean(ShopKind::Occasional)));
    assert!(shop_orders(0, 1).is_err());
}
