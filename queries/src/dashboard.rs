//! The dashboard as it is to be: sections of cells, each cell with its query; where they stand follows from their order.

mod sections;

use crate::buckets::Buckets;
use sections::Section;

/// Columns of a dashboard in InfluxDB.
const COLUMNS: u32 = 12;
const NOTE_HEIGHT: u32 = 1;
const CELL_HEIGHT: u32 = 3;

/// How a cell shows the rows of its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// One number, with what stands behind it.
    Number {
        suffix: &'static str,
        decimals: u32,
    },
    /// Lines over time, one for each table of the answer.
    Lines {
        unit: &'static str,
    },
    Table,
    /// A text, no query.
    Note,
}

/// A cell where it stands, in columns and rows of the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub name: String,
    pub show: Show,
    /// Flux, or the text of a note.
    pub text: String,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// All cells, from top to bottom.
pub fn cells(buckets: &Buckets) -> Vec<Cell> {
    let (mut cells, mut y) = (Vec::new(), 0);
    for section in sections::all(buckets) {
        y = place(section, y, &mut cells);
    }
    cells
}

/// Puts a section's note across the dashboard at row `y`, its cells in rows below; returns the first row that is free.
fn place(section: Section, mut y: u32, cells: &mut Vec<Cell>) -> u32 {
    let text = format!("### {}\n{}", section.name, section.note);
    cells.push(Cell {
        name: section.name.into(),
        show: Show::Note,
        text,
        x: 0,
        y,
        width: COLUMNS,
        height: NOTE_HEIGHT,
    });
    y += NOTE_HEIGHT;
    let mut x = 0;
    for draft in section.cells {
        if x + draft.width > COLUMNS {
            (x, y) = (0, y + CELL_HEIGHT);
        }
        let (name, show, text, width) = (draft.name.into(), draft.show, draft.query, draft.width);
        cells.push(Cell { name, show, text, x, y, width, height: CELL_HEIGHT });
        x += width;
    }
    y + CELL_HEIGHT
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn cells_have_names_of_their_own_and_do_not_overlap() {
        let cells = cells(&Buckets::of("adx").unwrap());
        let names: BTreeSet<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!(names.len(), cells.len());
        let mut taken = BTreeSet::new();
        for cell in &cells {
            assert!(cell.width > 0 && cell.x + cell.width <= COLUMNS, "{}", cell.name);
            for (x, y) in
                (cell.x..cell.x + cell.width).flat_map(|x| (cell.y..cell.y + cell.height).map(move |y| (x, y)))
            {
                assert!(taken.insert((x, y)), "{} stands on another cell", cell.name);
            }
        }
    }

    #[test]
    fn queries_take_the_range_that_the_viewer_chose() {
        for cell in cells(&Buckets::of("adx").unwrap()) {
            assert_eq!(cell.show == Show::Note, !cell.text.contains("v.timeRangeStart"), "{}", cell.name);
        }
    }
}
