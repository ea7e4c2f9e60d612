package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"posthog-mcp/internal/look/browser"
)

// visit is a round through the pages.
type visit struct {
	browser        *browser.Browser
	out, axe       string
	passed, failed int
}

// device is what somebody looks with.
type device struct {
	name string
	browser.Settings
}

var (
	phone = device{"phone", browser.Settings{Width: 390, Height: 844, Phone: true}}
	desk  = device{"desk", browser.Settings{Width: 1280, Height: 900}}
)

// inTheDark is the device with dark colours.
func (d device) inTheDark() device {
	d.name += "-dark"
	d.Dark = true
	return d
}

func (v *visit) to(ctx context.Context, product string, s server) error {
	url, stop, err := s.start(ctx, product)
	if err != nil {
		return err
	}
	defer stop()
	for i, device := range s.devices {
		name := s.name + "-" + device.name
		if err := v.look(name, url, device.Settings); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		// axe-core takes its time; the first and the last are a phone and a desk,
		// one of them in the dark.
		if i > 0 && i < len(s.devices)-1 {
			continue
		}
		if err := v.accessible(name, url, device.Settings); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// look takes pictures of the page and of what people do with it, and has it
// checked.
func (v *visit) look(name, url string, s browser.Settings) error {
	for _, doing := range doings {
		s.NoScript = doing.noScript
		t, err := v.browser.Open(url+doing.fragment, s)
		if err != nil {
			return err
		}
		for i, step := range doing.steps {
			v.check(fmt.Sprintf("%s, %s %d", name, doing.name, i+1), step(t))
		}
		v.check(name+", "+doing.name+": the console", silent(t))
		if err := v.picture(t, name+"-"+doing.name, doing.whole); err != nil {
			return err
		}
		if err := t.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) check(what string, err error) {
	if err == nil {
		v.passed++
		return
	}
	v.failed++
	fmt.Printf("FAIL %s: %v\n", what, err)
}

func (v *visit) picture(t *browser.Tab, name string, whole bool) error {
	png, err := t.Picture(whole)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(v.out, name+".png"), png, 0o644)
}

func silent(t *browser.Tab) error {
	if said := t.Complaints(); len(said) > 0 {
		return errors.New(strings.Join(said, "\n"))
	}
	return nil
}
