//! What the sink had: a hash table of identities a day, and one hash map of journeys, mostly of one impression each; those let go of nothing by time.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use adx_correlation::journey::{JourneyKey, Name};
use adx_events::time::{DAY_MS, MINUTE_MS};
use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::layout::Layout;
use super::traffic::View;

type Touch = (i64, Name);

enum Journey {
    One(Touch),
    More(Box<Vec<Touch>>),
}

impl Journey {
    fn touches(&self) -> &[Touch] {
        match self {
            Journey::One(touch) => std::slice::from_ref(touch),
            Journey::More(touches) => touches,
        }
    }
}

/// Hash tables throughout.
pub struct Maps {
    days: BTreeMap<i64, HashTable<[u64; 3]>>,
    journeys: HashMap<JourneyKey, Journey>,
    hasher: DefaultHashBuilder,
    users: u64,
}

impl Layout for Maps {
    fn new() -> Self {
        Self { days: BTreeMap::new(), journeys: HashMap::new(), hasher: DefaultHashBuilder::default(), users: 0 }
    }

    fn warm(&self, _: &View) {}

    fn insert(&mut self, view: &View) {
        let id = view.common.identity.0;
        let entry = [id as u64, (id >> 64) as u64, view.common.content.0];
        let hash_of = |e: &[u64; 3]| self.hasher.hash_one((e[0], e[1]));
        let day = self.days.entry(view.touch.at.bucket(DAY_MS)).or_default();
        if day.find(hash_of(&entry), |kept| kept[..2] == entry[..2]).is_some() {
            return;
        }
        day.insert_unique(hash_of(&entry), entry, hash_of);
        let touch = (view.touch.at.as_ms(), view.touch.own);
        match self.journeys.entry(view.key) {
            Entry::Vacant(vacant) => {
                vacant.insert(Journey::One(touch));
                self.users += 1;
            }
            Entry::Occupied(mut journey) => {
                let minute = touch.0 / MINUTE_MS;
                let known = journey.get().touches().iter().any(|(at, _)| at / MINUTE_MS == minute);
                self.users += u64::from(!known);
                match journey.get_mut() {
                    Journey::More(touches) => touches.push(touch),
                    Journey::One(first) => *journey.get_mut() = Journey::More(Box::new(vec![*first, touch])),
                }
            }
        }
    }

    fn look_up(&self, view: &View) -> u64 {
        let to = view.touch.at.as_ms();
        let touches = self.journeys.get(&view.key).map_or(&[][..], Journey::touches);
        touches.iter().filter(|(at, _)| (to - DAY_MS..=to).contains(at)).count() as u64
    }

    fn drop_first_day(&mut self) -> bool {
        self.days.pop_first().is_some()
    }
}
