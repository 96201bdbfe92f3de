use super::*;
use crm_ml_table::{Role, Table};

fn stages() -> Stages {
    Stages::new(["Lead", "Demo", "Offer"], "Won", "Lost").also_lost("Dead")
}

fn read(csv: &str) -> Result<Deals> {
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv")?;
    StageHistory::new("id", "stage", "at", "amount").read(&table, &stages())
}

/// Day (of January 2024), state and amount of every event of a deal.
fn shown(deals: &Deals, deal: usize) -> Vec<(i32, u8, f64)> {
    let first = day_of("2024-01-01".parse().unwrap());
    deals.events(deal).iter().map(|e| (e.day - first + 1, e.state, known(e.amount))).collect()
}

#[test]
fn rows_become_days() {
    let csv = "id,stage,at,amount\n\
        b,Offer,2024-01-20 09:00,300\n\
        a,Won,2024-01-09 17:00,90\n\
        a,Lead,2024-01-02 10:00,\n\
        a,Demo,2024-01-05 10:00,100\n\
        a,Demo,2024-01-05 15:00,120\n\
        a,Demo,2024-01-07 15:00,120\n\
        a,Lead,2024-01-08 15:00,\n\
        b,Lead,2024-01-20 08:00,200\n\
        b,Lost,2024-01-22 08:00,200\n\
        b,Demo,2024-01-25 08:00,\n";
    let deals = read(csv).unwrap();
    assert_eq!(deals.ids(), ["a", "b"]);
    // Unknown first; the last amount of a day; the repeated row is none; back to Lead with the amount kept; straight to won.
    assert_eq!(shown(&deals, 0), [(2, 0, 0.0), (5, 1, 120.0), (8, 0, 120.0), (9, 4, 90.0)]);
    assert!(deals.events(0)[0].amount.is_nan());
    // Passed through Lead within the day; lost, and open again.
    assert_eq!(shown(&deals, 1), [(20, 2, 300.0), (22, 3, 200.0), (25, 1, 200.0)]);
    let visits: Vec<_> = deals.visits(0).map(|v| (v.state, v.exit.map(|(_, state)| state))).collect();
    assert_eq!(visits, [(0, Some(1)), (1, Some(0)), (0, Some(4)), (4, None)]);
    let quarter = Quarter::of("2024-02-01".parse().unwrap());
    assert_eq!(deals.won_in(quarter), 90.0);
    assert_eq!(
        (deals.first().to_string(), deals.last().to_string()),
        ("2024-01-02".into(), "2024-01-25".into())
    );
    // Of the closed deals (a alone) all were in Lead and Demo, none in Offer.
    assert_eq!(deals.win_rates(), [Some(1.0), Some(1.0), None]);
    let before = deals.as_of("2024-01-22".parse().unwrap()).unwrap();
    assert_eq!(before.win_rates(), [Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(shown(&before, 1).last(), Some(&(22, 3, 200.0)));
}

#[test]
fn at_the_same_time_the_furthest_stage_counts() {
    for csv in [
        "id,stage,at,amount\nx,Won,2024-01-05,50\nx,Lead,2024-01-05,70\nx,Won,2024-01-05,60\nx,Won,2024-01-05,\n",
        "id,stage,at,amount\nx,Won,2024-01-05,\nx,Won,2024-01-05,60\nx,Lead,2024-01-05,70\nx,Won,2024-01-05,50\n",
    ] {
        assert_eq!(shown(&read(csv).unwrap(), 0), [(5, 4, 60.0)]);
    }
}

#[test]
fn a_win_that_is_reopened_counts_no_more() {
    let csv = "id,stage,at,amount\nx,Won,2024-01-05,50\nx,Offer,2024-01-15,50\nx,Won,2024-01-25,40\ny,Won,2024-01-25,0\n";
    let deals = read(csv).unwrap();
    let won = |until: &str| {
        let known = deals.as_of(until.parse().unwrap()).unwrap();
        known.won(0..i32::MAX)
    };
    assert_eq!([won("2024-01-14"), won("2024-01-15"), won("2024-01-25")], [(50.0, 1), (0.0, 0), (40.0, 2)]);
}

#[test]
fn errors_name_line_and_column() {
    for (row, expected) in [
        (",Lead,2024-01-05,1", "line 3, column 'id', value '': the deal is missing"),
        ("1,,2024-01-05,1", "line 3, column 'stage', value '': the stage is missing"),
        (
            "1,lead,2024-01-05,1",
            "line 3, column 'stage', value 'lead': the stage is not known; the stages are 'Lead', 'Demo'",
        ),
        ("1,Lead,,1", "line 3, column 'at', value '': the time is missing"),
        ("1,Lead,soon,1", "line 3, column 'at', value 'soon'"),
        ("1,Lead,1066-10-14,1", "line 3, column 'at', value '1066-10-14': a day of the years 1900 to 2199"),
        ("1,Lead,2024-01-05,-1", "line 3, column 'amount', value '-1': the amount is below 0"),
        ("1,Lead,2024-01-05,1e13", "up to 1e12"),
        ("1,Lead,2024-01-05,much", "line 3, column 'amount', value 'much'"),
    ] {
        let message =
            read(&format!("id,stage,at,amount\n0,Lead,2024-01-01,1\n{row}\n")).unwrap_err().to_string();
        assert!(message.contains(expected), "{row}: {message}");
    }
    assert!(
        read("id,stage,at\n0,Lead,2024-01-01\n")
            .unwrap_err()
            .to_string()
            .contains("column 'amount' is missing")
    );
    let table = Table::from_csv_reader("id,x\n1,2024-01-01\n".as_bytes(), "t.csv").unwrap();
    let twice = StageHistory::new("id", "id", "x", "x").read(&table, &stages()).unwrap_err().to_string();
    assert!(twice.contains("stage is 'id'") && twice.contains("amount is 'x'"), "{twice}");
    let bad = Stages::new(["A", " A", ""], "Won", "Won").check().unwrap_err().to_string();
    assert!(bad.contains("' A'") && bad.contains("''") && bad.contains("'Won'"), "{bad}");
    assert!(Stages::new(Vec::<String>::new(), "W", "L").check().is_err());
    let entry = |stage: &str, amount| StageEntry {
        deal: "d".into(),
        stage: stage.into(),
        time: Timestamp::from_seconds(0),
        amount,
    };
    for (entry, expected) in [
        (entry("No", None), "column 'stage', value 'No': row 1"),
        (entry("Lead", Some(f64::NAN)), "column 'amount', value 'NaN': row 1"),
        (entry("Lead", Some(f64::INFINITY)), "column 'amount'"),
        (StageEntry { time: Timestamp::from_seconds(i64::MAX), ..entry("Lead", None) }, "column 'time'"),
        (StageEntry { deal: String::new(), ..entry("Lead", None) }, "column 'deal'"),
    ] {
        let rows = [super::StageEntry { amount: None, ..entry.clone() }, entry];
        let first_right = StageEntry {
            deal: "d".into(),
            stage: "Lead".into(),
            time: Timestamp::from_seconds(0),
            amount: None,
        };
        let message =
            Deals::from_entries(&stages(), &[first_right, rows[1].clone()]).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert!(Deals::from_entries(&stages(), &[]).is_err());
}

#[test]
fn deleted_rows_are_left_out() {
    let csv = "id,stage,at,amount,gone\nx,Lead,2024-01-05,50,false\nx,Won,2024-01-06,50,true\n";
    let mut table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    table.set_role("gone", Role::Deleted).unwrap();
    let deals = StageHistory::new("id", "stage", "at", "amount").read(&table, &stages()).unwrap();
    assert_eq!(shown(&deals, 0), [(5, 0, 50.0)]);
}

#[test]
fn dates_of_stages_are_a_history_too() {
    let csv = "id,amount,lead,demo,won\n1,500,2024-01-03,2024-01-10,2024-01-20\n2,,2024-01-09,2024-01-04,\n";
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    let read =
        StageDates::new("id", "amount").stage("Lead", "lead").stage("Demo", "demo").stage("Won", "won");
    let deals = read.read(&table, &stages()).unwrap();
    assert_eq!(shown(&deals, 0), [(3, 0, 500.0), (10, 1, 500.0), (20, 4, 500.0)]);
    assert_eq!(shown(&deals, 1), [(4, 1, 0.0), (9, 0, 0.0)]);
    let refused = |csv: &str| {
        let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
        read.read(&table, &stages()).unwrap_err().to_string()
    };
    let twice = refused("id,amount,lead,demo,won\n1,5,2024-01-03,,2024-01-03\n1,5,2024-01-03,2024-01-03,\n");
    assert!(twice.contains("line 3, column 'id', value '1': the deal occurs twice"), "{twice}");
    let none = refused("id,amount,lead,demo,won\n1,5,2024-01-03,2024-01-03,2024-01-03\n2,5,,,\n");
    assert!(none.contains("line 3, column 'id', value '2': the deal entered no stage"), "{none}");
    let unknown = StageDates::new("id", "amount").stage("Leads", "lead").stage("Demo", "lead");
    let message = unknown.read(&table, &stages()).unwrap_err().to_string();
    assert!(message.contains("'Leads'") && message.contains("stage is 'lead'"), "{message}");
    assert!(StageDates::new("id", "amount").read(&table, &stages()).is_err());
}
