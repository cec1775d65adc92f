// SPDX-License-Identifier: Apache-2.0

// Package export_test_guests_files: the interface files with Go's own library.
package export_test_guests_files

import (
	"os"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

func ReadFile(path string) wit.Result[string, string] {
	data, err := os.ReadFile(path)
	if err != nil {
		return wit.Err[string, string](err.Error())
	}
	return wit.Ok[string, string](string(data))
}

func WriteFile(path string, text string) wit.Result[uint32, string] {
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		return wit.Err[uint32, string](err.Error())
	}
	return wit.Ok[uint32, string](uint32(len(text)))
}

func ListDir(path string) wit.Result[[]string, string] {
	entries, err := os.ReadDir(path)
	if err != nil {
		return wit.Err[[]string, string](err.Error())
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return wit.Ok[[]string, string](names)
}

func GetEnv(name string) wit.Option[string] {
	if value, there := os.LookupEnv(name); there {
		return wit.Some(value)
	}
	return wit.None[string]()
}
