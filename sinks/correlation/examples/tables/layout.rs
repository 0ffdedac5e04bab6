//! What every layout can do.

use super::traffic::View;

pub trait Layout {
    fn new() -> Self;

    /// Reads what an insertion will need, where the layout can.
    fn warm(&self, view: &View);

    /// Decides identity, and keeps a new impression as a touch.
    fn insert(&mut self, view: &View);

    /// How many touches of its user and campaign lie in the day up to an impression, itself included.
    fn look_up(&self, view: &View) -> u64;

    /// Drops what the first day of identities, and of touches, take; false where there is nothing.
    fn drop_first_day(&mut self) -> bool;
}
