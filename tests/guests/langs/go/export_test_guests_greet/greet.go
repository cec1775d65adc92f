// SPDX-License-Identifier: Apache-2.0

// Package export_test_guests_greet: the interface greet in Go. The names of the packages are those that the generated
// bindings look for.
package export_test_guests_greet

import (
	"fmt"
	"strings"

	wit "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/test_guests_greet"
)

func Greet(name string) string {
	return "Hello, " + name + "!"
}

func Add(a int32, b int32) int32 {
	return a + b
}

func capitals(r rune) rune {
	if r >= 'a' && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func Describe(who test_guests_greet.Person, how test_guests_greet.Mood) wit.Result[string, string] {
	if who.Name == "" {
		return wit.Err[string, string]("no name")
	}
	text := who.Name
	if who.Age.IsSome() {
		text += fmt.Sprintf(" (%d)", who.Age.Some())
	}
	if len(who.Tags) > 0 {
		text += " [" + strings.Join(who.Tags, ", ") + "]"
	}
	switch how {
	case test_guests_greet.Mood_Loud:
		text = strings.Map(capitals, text)
	case test_guests_greet.Mood_Glad:
		text += "!"
	}
	return wit.Ok[string, string](text)
}

func Spin() {
	for {
	}
}
