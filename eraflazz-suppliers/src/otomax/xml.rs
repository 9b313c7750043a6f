//! The little XML that servers of this family write: flat elements, and the structs of XML-RPC. Pure.
//!
//! No document type, so no entities but the five that XML has by itself: what could grow or reach outside is refused before anything is read.

/// Deepest nesting.
const DEPTH_MAX: usize = 16;
/// Most elements that hold text.
const LEAVES_MAX: usize = 64;

/// Each element that holds only text, by its name; of an XML-RPC `member` its value by what its `name` says. `None` if it is not well-formed, or more than
/// this.
pub(super) fn leaves(text: &str) -> Option<Vec<(String, String)>> {
    let mut rest = text.trim_start_matches('\u{feff}').trim();
    if let Some(prologue) = rest.strip_prefix("<?xml") {
        rest = prologue.split_once("?>")?.1.trim_start();
    }
    let mut open: Vec<&str> = Vec::new();
    let mut leaves: Vec<(String, String)> = Vec::new();
    // The text since the last tag, if that tag opened an element; the name of the member that is open.
    let (mut said, mut member): (Option<String>, Option<String>) = (None, None);
    let mut is_begun = false;
    while !rest.is_empty() {
        if is_begun && open.is_empty() {
            return None;
        }
        let at = rest.find('<')?;
        let (before, tag) = rest.split_at(at);
        if !before.trim().is_empty() {
            said = Some(plain(before, said.is_some())?);
        }
        let end = tag.find('>')?;
        let inside = &tag[1..end];
        rest = tag[end + 1..].trim_start_matches(['\r', '\n', '\t']);
        if let Some(name) = inside.strip_prefix('/') {
            if open.pop()? != name.trim_end() {
                return None;
            }
            if let Some(value) = said.take() {
                let parent = open.last().copied().unwrap_or_default();
                if (name.trim_end(), parent) == ("name", "member") {
                    member = Some(value);
                } else {
                    // A value wraps its type: the first of the two that closes has the text.
                    let named = if open.contains(&"member") {
                        member.take()?
                    } else {
                        name.trim_end().to_owned()
                    };
                    leaves.push((named, value));
                }
            }
            continue;
        }
        is_begun = true;
        let is_empty = inside.ends_with('/');
        let name = inside.trim_end_matches('/');
        let name = name.split_ascii_whitespace().next()?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        // `<!DOCTYPE`, `<!--`, `<![CDATA[` and `<?` are none.
        if !name.chars().all(is_name) || open.len() == DEPTH_MAX || leaves.len() == LEAVES_MAX {
            return None;
        }
        // Text and elements side by side are no field.
        if said.is_some() {
            return None;
        }
        if !is_empty {
            open.push(name);
            said = None;
        }
    }
    (is_begun && open.is_empty()).then_some(leaves)
}

/// Text with its entities; `None` if there is one that XML has not by itself, or if there was text before.
fn plain(text: &str, was_there: bool) -> Option<String> {
    if was_there {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some((before, from)) = rest.split_once('&') {
        let (entity, behind) = from.split_once(';')?;
        plain.push_str(before);
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = behind;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        leaves(text).unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn flat_elements_are_fields() {
        let text = "<?xml version=\"1.0\"?>\n<fm>\n <status>0</status><message>S10.0812 SUKSES &amp; &#x41;</message><sn/><fmTrxid> 7 </fmTrxid></fm>\n";
        assert_eq!(
            pairs(text),
            [
                pair("status", "0"),
                pair("message", "S10.0812 SUKSES & A"),
                pair("fmTrxid", "7")
            ]
        );
    }

    #[test]
    fn members_of_a_struct_are_fields_whether_their_type_is_said_or_not() {
        let text = "<methodResponse><params><param><value><struct><member><name>RESPONSECODE</name><value><string>00</string></value></member><member><name>SN</name><value>41</value></member><member><name>PRICE</name><value><i4>10850</i4></value></member></struct></value></param></params></methodResponse>";
        assert_eq!(
            pairs(text),
            [
                pair("RESPONSECODE", "00"),
                pair("SN", "41"),
                pair("PRICE", "10850")
            ]
        );
    }

    #[rstest]
    #[case("")]
    #[case("text")]
    #[case("<a>")]
    #[case("<a></b>")]
    #[case("<a>1</a><b>2</b>")]
    #[case("<a>1<b>2</b></a>")]
    #[case("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>")]
    #[case("<a>&x;</a>")]
    #[case("<a><!-- --></a>")]
    #[case("<a><!x/><b>1</b></a>")]
    #[case("<a><![CDATA[x]]></a>")]
    #[case("<a>&#xD800;</a>")]
    fn what_is_more_or_less_than_that_is_refused(#[case] text: &str) {
        assert_eq!(leaves(text), None);
    }

    #[test]
    fn t_10_neither_depth_nor_number_is_without_bounds() {
        let deep = format!("{}1{}", "<a>".repeat(17), "</a>".repeat(17));
        assert_eq!(leaves(&deep), None);
        let many = format!("<a>{}</a>", "<b>1</b>".repeat(66));
        assert_eq!(leaves(&many), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[<>/a&;#x!? \\[\\]é\"=]{0,80}") {
            let _ = leaves(&text);
        }
    }
}
