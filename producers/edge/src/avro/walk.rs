//! Passes over values of the writer schema, and so finds out whether a block holds just what it says.

use super::cursor::{Cursor, Damaged};
use super::schema::{Node, NodeId, Schema};

/// Nesting of values allowed at most.
const DEPTH_MAX: u32 = 64;
/// Values of a block that take no byte of their own (nulls, records) allowed on top of those that take one: a few bytes can name very many.
const BYTELESS_VALUES_MAX: u64 = 32 * 1024 * 1024;

/// Passes over the values of one block.
pub(super) struct Walker<'s> {
    schema: &'s Schema,
    values_left: u64,
}

impl<'s> Walker<'s> {
    /// For a block of so many bytes.
    pub(super) fn new(schema: &'s Schema, block_bytes: usize) -> Self {
        Self { schema, values_left: BYTELESS_VALUES_MAX + block_bytes as u64 }
    }

    /// Passes over one value.
    pub(super) fn pass(&mut self, node: NodeId, cursor: &mut Cursor<'_>) -> Result<(), Damaged> {
        self.value(node, cursor, 1)
    }

    fn value(&mut self, node: NodeId, cursor: &mut Cursor<'_>, depth: u32) -> Result<(), Damaged> {
        if depth > DEPTH_MAX {
            return Err(Damaged);
        }
        let node = self.schema.node(node);
        // a union takes the byte that names its branch, which may take none
        if !matches!(node, Node::Union(_)) {
            self.values_left = self.values_left.checked_sub(1).ok_or(Damaged)?;
        }
        match node {
            Node::Null => {}
            Node::Boolean => {
                cursor.boolean()?;
            }
            Node::Int => {
                cursor.int()?;
            }
            Node::Long => {
                cursor.long()?;
            }
            Node::Fixed(size) => {
                cursor.take(*size)?;
            }
            Node::Bytes | Node::Text => {
                cursor.bytes()?;
            }
            Node::Enum(symbols) => {
                cursor.index(*symbols)?;
            }
            Node::Array(item) => self.items(cursor, |walker, cursor| walker.value(*item, cursor, depth + 1))?,
            Node::Map(value) => self.items(cursor, |walker, cursor| {
                cursor.bytes()?;
                walker.value(*value, cursor, depth + 1)
            })?,
            Node::Union(branches) => {
                let branch = branches[cursor.index(branches.len())?];
                self.value(branch, cursor, depth + 1)?;
            }
            Node::Record(fields) => {
                for (_, field) in fields {
                    self.value(*field, cursor, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn items<'c>(
        &mut self,
        cursor: &mut Cursor<'c>,
        mut item: impl FnMut(&mut Self, &mut Cursor<'c>) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        loop {
            let count = cursor.block_count()?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                item(self, cursor)?;
            }
        }
    }
}
