//! Resolves the writer schema against `bid-request.avsc`: which value of the data is which field of a bid request.
//!
//! Fields go by name, in any order, unknown ones passed over. Promotions are those of the Avro specification. The reader has neither unions nor defaults, so of a
//! writer's union the branch taken decides, and a field that the writer lacks is one that does not resolve. A test holds the fields here against the schema.

use super::schema::{Node, NodeId, Schema};

/// A textual field of a bid request, or an item of one of its lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextField {
    AuctionId,
    UserId,
    Country,
    Device,
    Exchange,
    Currency,
    Website,
    Item(List),
}

/// How many [`TextField`]s are fields of their own.
pub(super) const TEXT_FIELDS: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Categories,
    Keywords,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LongField {
    Timestamp,
    FloorMicros,
}

/// A reader type.
#[derive(Debug, Clone, Copy)]
enum Target {
    Text(TextField),
    Long(LongField),
    Slots,
    List(List),
    Record(&'static [(&'static str, Target)]),
}

const BID_REQUEST: Target = Target::Record(&[
    ("auction_id", Target::Text(TextField::AuctionId)),
    ("timestamp", Target::Long(LongField::Timestamp)),
    ("user", USER),
    ("auction", AUCTION),
    ("targeting", TARGETING),
]);
const USER: Target = Target::Record(&[
    ("user_id", Target::Text(TextField::UserId)),
    ("country", Target::Text(TextField::Country)),
    ("device", Target::Text(TextField::Device)),
]);
const AUCTION: Target = Target::Record(&[
    ("exchange", Target::Text(TextField::Exchange)),
    ("floor_micros", Target::Long(LongField::FloorMicros)),
    ("currency", Target::Text(TextField::Currency)),
    ("slots", Target::Slots),
]);
const TARGETING: Target = Target::Record(&[
    ("website", Target::Text(TextField::Website)),
    ("categories", Target::List(List::Categories)),
    ("keywords", Target::List(List::Keywords)),
]);

/// What to do with a value of the data.
#[derive(Debug, PartialEq)]
pub(super) enum Plan {
    /// Nobody asks for it.
    Pass(NodeId),
    /// The datum does not resolve if it has this value.
    Unresolved(NodeId),
    Text(TextField),
    /// An int or a long, which look alike in the data.
    Long(LongField),
    Slots,
    List(List, Box<Plan>),
    Union(Vec<Plan>),
    Record(Vec<Plan>),
}

impl Plan {
    /// The plan for the schema's data.
    pub(super) fn resolve(schema: &Schema) -> Self {
        resolve(schema, schema.root(), BID_REQUEST)
    }
}

fn resolve(schema: &Schema, id: NodeId, target: Target) -> Plan {
    match (schema.node(id), target) {
        (Node::Union(branches), _) => {
            Plan::Union(branches.iter().map(|branch| resolve(schema, *branch, target)).collect())
        }
        (Node::Text | Node::Bytes, Target::Text(field)) => Plan::Text(field),
        (Node::Int | Node::Long, Target::Long(field)) => Plan::Long(field),
        (Node::Int, Target::Slots) => Plan::Slots,
        (Node::Array(item), Target::List(list)) => {
            Plan::List(list, Box::new(resolve(schema, *item, Target::Text(TextField::Item(list)))))
        }
        (Node::Record(fields), Target::Record(targets)) => {
            let lacks = |name: &str| !fields.iter().any(|(field, _)| field == name);
            if targets.iter().any(|(name, _)| lacks(name)) {
                return Plan::Unresolved(id);
            }
            let plan = |(name, field): &(String, NodeId)| match targets.iter().find(|(target, _)| target == name) {
                Some((_, target)) => resolve(schema, *field, *target),
                None => Plan::Pass(*field),
            };
            Plan::Record(fields.iter().map(plan).collect())
        }
        _ => Plan::Unresolved(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_of_the_schema() {
        fn names(plan: &Plan, out: &mut Vec<String>) {
            match plan {
                Plan::Record(fields) => fields.iter().for_each(|f| names(f, out)),
                Plan::List(list, item) => {
                    assert_eq!(**item, Plan::Text(TextField::Item(*list)));
                    out.push(format!("{list:?}"));
                }
                other => out.push(format!("{other:?}")),
            }
        }
        let schema = Schema::read(adx_events::bid::SCHEMA).unwrap();
        let mut found = Vec::new();
        names(&Plan::resolve(&schema), &mut found);
        let expected = [
            "Text(AuctionId)",
            "Long(Timestamp)",
            "Text(UserId)",
            "Text(Country)",
            "Text(Device)",
            "Text(Exchange)",
            "Long(FloorMicros)",
            "Text(Currency)",
            "Slots",
            "Text(Website)",
            "Categories",
            "Keywords",
        ];
        assert_eq!(found, expected);
    }
}
