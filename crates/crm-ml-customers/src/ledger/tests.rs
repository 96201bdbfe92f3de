use super::*;
use crate::Moment;
use crm_ml_core::ErrorKind;

fn table(csv: &str) -> Table {
    Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap()
}

fn refused(transactions: &Transactions, csv: &str) -> String {
    transactions.read(&table(csv)).unwrap_err().to_string()
}

#[test]
fn errors_name_line_and_column() {
    let plain = Transactions::new("c", "d", "a");
    for (csv, expected) in [
        (
            "c,d,a\n1,2024-01-01,1\n,2024-01-02,1\n",
            "t.csv, line 3, column 'c', value '': the customer is missing",
        ),
        ("c,d,a\n1,2024-01-01,1\n1,,1\n", "t.csv, line 3, column 'd', value '': the time is missing"),
        (
            "c,d,a\n1,2024-01-01,1\n1,2024-01-02,\n",
            "t.csv, line 3, column 'a', value '': the value is missing",
        ),
        ("c,d,a\n1,2024-01-01,1\n1,2024-01-02,1e13\n", "±1e12"),
        ("c,d,a\n1,2024-01-01,1\n1,soon,1\n", "t.csv, line 3, column 'd', value 'soon'"),
        ("c,d,a\n1,2024-01-01,1\n1,2024-01-02,much\n", "t.csv, line 3, column 'a', value 'much'"),
        ("c,d,a\n1,0000-01-01,1\n", "1 to 9999"),
        ("c,d\n1,2024-01-01\n", "column 'a' is missing"),
    ] {
        let message = refused(&plain, csv);
        assert!(message.contains(expected), "{csv:?}: {message}");
    }
    let orders = plain.clone().order("o");
    let message = refused(&orders, "c,d,a,o\n1,2024-01-01,1,\n");
    assert!(message.contains("line 2, column 'o'"), "{message}");
    let message =
        refused(&plain.clone().returns(Returns::Refuse), "c,d,a\n1,2024-01-01,1\n1,2024-01-02,-1\n");
    assert!(message.contains("line 3, column 'a', value '-1'"), "{message}");
    let message = refused(&plain.skip_missing_customers(true), "c,d,a\n,2024-01-01,1\n");
    assert!(message.contains("lines with a customer"), "{message}");
}

#[test]
fn one_column_has_one_meaning() {
    let error =
        Transactions::quantity_price("c", "d", "c", "d").read(&table("c,d\n1,2024-01-01\n")).unwrap_err();
    let ErrorKind::InvalidParameters { violations, .. } = error.kind() else { panic!("{error}") };
    let names: Vec<&str> = violations.iter().map(|v| v.parameter.as_str()).collect();
    assert_eq!(names, ["quantity", "price"]);
}

#[test]
fn money_is_exact_where_floats_are_not() {
    let lines: String = (0..1000).map(|i| format!("{},2024-01-01,0.1,3\n", i % 7)).collect();
    let ledger = Transactions::quantity_price("c", "d", "p", "q")
        .read(&table(&("c,d,p,q\n".to_owned() + &lines)))
        .unwrap();
    assert_eq!(ledger.total().amount(), 300.0);
    assert_eq!(ledger.total().lines(), 1000);
}

#[test]
fn purchases_are_lines_days_or_orders() {
    let csv = "c,d,a,o\n1,2024-01-01 09:00,1,A\n1,2024-01-01 09:00,1,A\n1,2024-01-01 18:00,1,B\n1,2024-01-02 08:00,1,B\n1,2024-01-03 08:00,0,C\n1,2024-01-04 08:00,-1,D\n";
    let plain = Transactions::new("c", "d", "a");
    let count = |transactions: Transactions| {
        let ledger = transactions.read(&table(csv)).unwrap();
        ledger.purchases(ledger.window(0, &(i64::MIN..i64::MAX)))
    };
    assert_eq!(count(plain.clone()), 4);
    assert_eq!(count(plain.clone().one_purchase_a_day()), 2);
    assert_eq!(count(plain.order("o")), 2);
}

#[test]
fn customers_without_a_name_are_told_apart() {
    let csv = "c,d,a\n007,2024-01-01,1\n7,2024-01-01,2\n,2024-01-01,4\n";
    let ledger = Transactions::new("c", "d", "a").skip_missing_customers(true).read(&table(csv)).unwrap();
    assert_eq!(ledger.customers(), ["007", "7"]);
    assert_eq!((ledger.without_customer().lines(), ledger.without_customer().amount()), (1, 4.0));
}

#[test]
fn usual_values_are_those_of_most_lines_in_the_window() {
    let csv = "c,d,a,land,x\n1,2024-01-01,1,UK,1\n1,2024-01-02,1,FR,1\n1,2024-01-03,1,FR,\n1,2024-01-10,1,UK,2\n1,2024-01-11,1,UK,2\n\
        2,2024-01-01,1,UK,\n2,2024-01-02,1,FR,\n3,2024-01-10,1,UK,1\n4,2024-01-01,1,,3\n";
    let (table, plain) = (table(csv), Transactions::new("c", "d", "a"));
    let rfm =
        crate::Rfm::new(Moment::date(2024, 1, 10).unwrap()).compute(&plain.read(&table).unwrap()).unwrap();
    let described = plain.usual_values(&table, &rfm, &["land", "x"]).unwrap();
    let texts = |name: &str| {
        let cells = described.column(name).unwrap().texts();
        cells
            .into_iter()
            .map(|cell| cell.map_or("-".to_owned(), |c| c.into_owned()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        (texts("customer"), texts("land"), texts("x")),
        ("1 2 4".into(), "FR FR -".into(), "1 - 3".into())
    );
    assert!(plain.usual_values(&table, &rfm, &["nothing"]).is_err());
    assert!(plain.usual_values(&table, &rfm, &["land", "land"]).is_err());
}
