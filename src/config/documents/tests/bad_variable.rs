//! Declarations of variables.

use insta::assert_snapshot;

use super::*;

fn said_of_variable(variables: &str) -> String {
    said(&format!(
        "kind: ClusterProfile\nmetadata: {{name: web}}\nspec:\n  type: add-on\n  layers: [{{name: a, category: ingress, pack: {{name: a, version: '1'}}}}]\n  variables:\n    - {variables}\n"
    ))
}

#[test]
fn variables() {
    assert_snapshot!(said_of_variable("{format: number}"), @r"
    error: a variable needs `name`
     --> it.yaml:8:7
      |
    8 |     - {format: number}
      |       ^^^^^^^^^^^^^^^^ `name` is missing here
      |
      = help: add `name:`, the name, unique in the profile
    ");
    assert_snapshot!(said_of_variable("{name: a, type: number}"), @r"
    error: unknown field `type`
     --> it.yaml:8:17
      |
    8 |     - {name: a, type: number}
      |                 ^^^^ not a field of a variable
      |
      = help: the form of a value is written `format`
    ");
    assert_snapshot!(said_of_variable("{name: a, format: int}"), @r"
    error: `format`: `int` is not one of its values
     --> it.yaml:8:25
      |
    8 |     - {name: a, format: int}
      |                         ^^^
      |
      = help: a number is written `number`
    ");
    assert_snapshot!(said_of_variable("{name: a, default: 7}"), @r#"
    error: the default of `a` must be a text, and `7` is an integer
     --> it.yaml:8:26
      |
    8 |     - {name: a, default: 7}
      |                          ^
      |
      = help: put it in quotes: "7", or say `format: number`
    "#);
    assert_snapshot!(said_of_variable("{name: a, format: number, default: seven}"), @r"
    error: the default of `a` must be a number, and `seven` is not
     --> it.yaml:8:42
      |
    8 |     - {name: a, format: number, default: seven}
      |                                          ^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: number, default: [7]}"), @r"
    error: `default`: expected a string, a number or a boolean, found a list
     --> it.yaml:8:42
      |
    8 |     - {name: a, format: number, default: [7]}
      |                                          ^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: boolean, default: 'maybe'}"), @r"
    error: the default of `a` must be `true` or `false`, and `maybe` is not
     --> it.yaml:8:43
      |
    8 |     - {name: a, format: boolean, default: 'maybe'}
      |                                           ^^^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: version, default: 1.31}"), @r"
    error: the default of `a` must be a semantic version such as 1.4.0, and `1.31` is not
     --> it.yaml:8:43
      |
    8 |     - {name: a, format: version, default: 1.31}
      |                                           ^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: ipv4, default: 10.0.0.256}"), @r"
    error: the default of `a` must be an IPv4 address such as 10.0.0.1, and `10.0.0.256` is not
     --> it.yaml:8:40
      |
    8 |     - {name: a, format: ipv4, default: 10.0.0.256}
      |                                        ^^^^^^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: ipv4cidr, default: 10.0.0.0}"), @r"
    error: the default of `a` must be an IPv4 network such as 10.0.0.0/8, and `10.0.0.0` is not
     --> it.yaml:8:44
      |
    8 |     - {name: a, format: ipv4cidr, default: 10.0.0.0}
      |                                            ^^^^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: ipv6, default: 10.0.0.1}"), @r"
    error: the default of `a` must be an IPv6 address such as fd00::1, and `10.0.0.1` is not
     --> it.yaml:8:40
      |
    8 |     - {name: a, format: ipv6, default: 10.0.0.1}
      |                                        ^^^^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, regex: '^(eu|us-', default: eu-1}"), @r"
    error: `^(eu|us-` is not a regular expression: unclosed group
     --> it.yaml:8:24
      |
    8 |     - {name: a, regex: '^(eu|us-', default: eu-1}
      |                        ^^^^^^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, regex: '^(?!eu)', default: eu-1}"), @r"
    error: `^(?!eu)` is not a regular expression: look-around, including look-ahead and look-behind, is not supported
     --> it.yaml:8:24
      |
    8 |     - {name: a, regex: '^(?!eu)', default: eu-1}
      |                        ^^^^^^^^^
      |
      = help: this is RE2: it has no look-around and no back-references
    ");
    assert_snapshot!(said_of_variable("{name: a, regex: '^eu-', default: us-1}"), @r"
    error: the default of `a` must match `^eu-`, and `us-1` does not
     --> it.yaml:8:41
      |
    8 |     - {name: a, regex: '^eu-', default: us-1}
      |                                         ^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, options: [s, m, {value: l, label: large}, m], default: xl}"), @r"
    error: the option `m` stands here twice
     --> it.yaml:8:59
      |
    8 |     - {name: a, options: [s, m, {value: l, label: large}, m], default: xl}
      |                              - the first one              ^ the second one
      |
      = help: remove one of them
    error: the default of `a` must be `s`, `m` or `l`, and `xl` is not
     --> it.yaml:8:72
      |
    8 |     - {name: a, options: [s, m, {value: l, label: large}, m], default: xl}
      |                                                                        ^^
    ");
    assert_snapshot!(said_of_variable("{name: a, format: number, options: [1, two, {label: three}]}"), @r"
    error: an option of `a` must be a number, and `two` is not
     --> it.yaml:8:46
      |
    8 |     - {name: a, format: number, options: [1, two, {label: three}]}
      |                                              ^^^
    error: an option needs `value`
     --> it.yaml:8:51
      |
    8 |     - {name: a, format: number, options: [1, two, {label: three}]}
      |                                                   ^^^^^^^^^^^^^^ `value` is missing here
      |
      = help: add `value:`, the value
    ");
    assert_snapshot!(said_of_variable("{name: a, readOnly: true}"), @r"
    error: `a` needs a default: no cluster can set it
     --> it.yaml:8:17
      |
    8 |     - {name: a, readOnly: true}
      |              -  ^^^^^^^^
      |              |
      |              this variable
      |
      = help: add `default:`
    ");
    assert_snapshot!(said_of_variable("{name: a, hidden: true, required: true}"), @r"
    error: `a` needs a default: it is required, and nobody sees that it is to be set
     --> it.yaml:8:17
      |
    8 |     - {name: a, hidden: true, required: true}
      |              -  ^^^^^^
      |              |
      |              this variable
      |
      = help: add `default:`
    ");
    assert_snapshot!(said_of_variable("{name: a, required: 'yes'}"), @r"
    error: `required`: expected `true` or `false`, found a string
     --> it.yaml:8:27
      |
    8 |     - {name: a, required: 'yes'}
      |                           ^^^^^
    ");
    assert_snapshot!(said_of_variable("{name: a, displayName: A}\n    - {name: a, displayName: A}"), @r"
    error: two variables have the name `a`
     --> it.yaml:9:14
      |
    8 |     - {name: a, displayName: A}
      |              - the first one
    9 |     - {name: a, displayName: A}
      |              ^ the second one
      |
      = help: give one of them another `name`
    error: two variables have the displayName `A`
     --> it.yaml:9:30
      |
    8 |     - {name: a, displayName: A}
      |                              - the first one
    9 |     - {name: a, displayName: A}
      |                              ^ the second one
      |
      = help: give one of them another `displayName`
    ");
    assert_snapshot!(said_of_variable("{name: a, format: number, sensitive: true, default: hunter2}"), @r"
    error: the default of `a` must be a number, and the value is not
     = note: it is sensitive, so it is not shown; it stands in it.yaml, line 8, column 59
    ");
}
