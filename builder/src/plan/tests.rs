//! Tests of the plan.

use std::path::Path;

use super::*;

fn mini_pc() -> Plan {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Plan::new(&crate::config::load(&root.join("images/mini-pc")).unwrap()).unwrap()
}

#[test]
fn fits_80_columns() {
    let shown = mini_pc().to_string();
    println!("{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80));
}
