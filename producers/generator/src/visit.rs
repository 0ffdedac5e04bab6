//! Who visits what: the part of an auction that its bid request and its impression agree on.

use crate::dice::Dice;
use crate::popularity::Popularity;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) user: u32,
    pub(crate) site: &'static str,
    pub(crate) country: &'static str,
    pub(crate) device: &'static str,
}

const SITES: [&str; 12] = [
    "news.example",
    "www.weather.example",
    "sport.example/live",
    "recettes-d\u{e9}t\u{e9}.example",
    "forum.example",
    "games.example/a,b",
    "travel.example",
    "\u{65b0}\u{805e}.example",
    "cars.example",
    "music.example",
    "shop.example?q=1&r=2",
    "blog.example",
];
const COUNTRIES: [&str; 6] = ["USA", "CAN", "GBR", "DEU", "FRA", ""];
const DEVICES: [&str; 4] = ["desktop", "mobile", "tablet", "tv"];

impl Visit {
    /// The visit of an auction; the same for every record made from that number.
    pub(crate) fn of(seed: u64, number: u64, users: &Popularity) -> Self {
        let mut dice = Dice::of(seed, number);
        Self {
            user: users.draw(&mut dice),
            site: SITES[dice.index(SITES.len())],
            country: COUNTRIES[dice.index(COUNTRIES.len())],
            device: DEVICES[dice.index(DEVICES.len())],
        }
    }
}
